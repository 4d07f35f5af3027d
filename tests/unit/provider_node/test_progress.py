"""Whatever happens to nodes, a task ends, and no step is ever taken that the ledger refuses.

Nodes act in any order, are away and come back, leave, lose their journals, lie, never judge, or
give other bytes than they submitted; the validation data may never come. A
`RefusedError` or an assertion of the simulation fails the test: in an undisturbed view no duty may
owe the impossible.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.provider_node.ledger import JOIN_MS, ROUND_MS
from tests.unit.provider_node.simulation import ARCHIVE, Consortium
from tests.unit.provider_node.terms import STAGE_MS
from tests.unit.provider_node.worlds import digest

NAMES = ["f1", "f2", "f3", "f4"]
EVERYONE = [*NAMES, ARCHIVE]
TIMES = ["1000", str(STAGE_MS), str(JOIN_MS), str(ROUND_MS)]

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("act a while"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("all act"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("go away"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("come back"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("forget"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("leave"), st.sampled_from(NAMES)),
        st.tuples(st.just("wait"), st.sampled_from(TIMES)),
    ),
    max_size=60,
)


def happen(consortium: Consortium, what: str, whom: str) -> None:
    match what:
        case "act":
            consortium.act(whom)
        case "act a while":
            for _ in range(5):
                consortium.act(whom)
        case "all act":
            turn(consortium)
        case "go away" | "come back":
            consortium.nodes[whom].up = what == "come back"
        case "forget":
            consortium.nodes[whom].forget()
        case "leave":
            leave(consortium, whom)
        case "wait":
            consortium.ledger.now_ms += int(whom)


def leave(consortium: Consortium, whom: str) -> None:
    """Not the last ones: without participants nobody could finish anything."""
    ledger = consortium.ledger
    if ledger.state == "RUNNING" and whom in ledger.chosen and len(ledger.left) < 2:
        ledger.left.add(whom)


def turn(consortium: Consortium) -> bool:
    acted = [consortium.act(name) for name in consortium.nodes]
    return any(acted)


def settle(consortium: Consortium) -> None:
    """Everyone is back and does what is owed; time passes only to when somebody looks again."""
    for node in consortium.nodes.values():
        node.up = True
    for _ in range(1000):
        if turn(consortium):
            continue
        answers = [consortium.owed(node) for node in consortium.nodes.values()]
        if all(one.done for one in answers):
            return
        looks = [one.look_again_ms for one in answers if one.look_again_ms is not None]
        tried = any(one.steps for one in answers)  # in vain, and again after a while
        assert looks or tried, "all wait for something to happen, and nothing will"
        soon = consortium.ledger.now_ms + 1000
        consortium.ledger.now_ms = max(min(looks, default=soon), consortium.ledger.now_ms + 1)
    raise AssertionError("the task does not end")


def check(consortium: Consortium) -> None:
    """What holds of every task that has ended."""
    ledger = consortium.ledger
    assert ledger.finished or ledger.halted
    assert ledger.counted == {f"{name}MSP" for name in ledger.chosen}
    held = consortium.nodes[ARCHIVE].held
    assert {record.digest for record in ledger.records} <= held
    assert len(ledger.records) == (ledger.last if ledger.finished else len(ledger.rounds) - 1)
    for record in ledger.records:
        assert record.digest == consortium.honest(record.round), "a wrong aggregate"


@settings(max_examples=300, deadline=None)
@given(
    story=happenings,
    least=st.integers(1, 4),
    rounds=st.integers(1, 3),
    liar=st.sampled_from([None, *NAMES]),
    mute=st.sampled_from([None, *NAMES]),
    forger=st.sampled_from([None, *NAMES]),
    withheld=st.booleans(),
)
def test_a_task_ends_whatever_happens(
    story: list[tuple[str, str]],
    least: int,
    rounds: int,
    liar: str | None,
    mute: str | None,
    forger: str | None,
    withheld: bool,
) -> None:
    consortium = Consortium(NAMES, least, rounds)
    if withheld:
        consortium.withheld.add(digest("validation"))
    for name, node in consortium.nodes.items():
        node.lies, node.mute, node.forges = name == liar, name == mute, name == forger
        consortium.act(name)  # who joins is the story's affair only now and then
    for what, whom in story:
        happen(consortium, what, whom)
    settle(consortium)
    check(consortium)


@pytest.mark.parametrize("committee", [1, 2, 3, 4, 9])
def test_an_undisturbed_task_waits_for_nothing(committee: int) -> None:
    consortium = Consortium(NAMES, 4, 3, committee)
    ledger = consortium.ledger
    for _ in range(200):
        turn(consortium)
    assert ledger.finished
    assert ledger.now_ms == 0
    assert [len(one.updates) for one in ledger.rounds] == [4, 4, 4]
    assert [len(one.terms) for one in ledger.rounds] == [1, 1, 1]
    check(consortium)


def until_closed(consortium: Consortium) -> tuple[list[str], str]:
    while not (consortium.ledger.rounds and consortium.ledger.open.terms):
        turn(consortium)
    return consortium.ledger.open.seats


def until_somebody_has(consortium: Consortium, name: str) -> None:
    wanted = consortium.ledger.open.updates[name].digest
    while not any(wanted in one.held for one in consortium.nodes.values() if one.name != name):
        turn(consortium)


def test_a_leader_that_goes_away_is_replaced() -> None:
    consortium = Consortium(NAMES, 4, 1)
    _, leader = until_closed(consortium)
    until_somebody_has(consortium, leader)
    consortium.nodes[leader].up = False
    while not consortium.ledger.records:
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    (record,) = consortium.ledger.records
    assert record.leader != leader
    assert record.term > 1
    assert leader in [one.participant for one in record.accepted], "its update counts all the same"
    first = consortium.ledger.open.terms[0]
    assert {accused for _, accused in first.reports} == {leader}
    assert consortium.ledger.open.terms[1].begun_ms < first.deadlines[0] + 2 * STAGE_MS
    settle(consortium)
    check(consortium)


@pytest.mark.parametrize("turns", range(12))
def test_a_power_cut_of_all_in_mid_judgement_costs_only_time(turns: int) -> None:
    """Longer than a step, wherever the committee is: it begins anew, and the task is finished."""
    names = NAMES[:3]
    consortium = Consortium(names, 3, 2)
    until_closed(consortium)
    for _ in range(turns):
        consortium.act(names[turns % 3])
        consortium.act(names[0])
    consortium.ledger.now_ms += 10 * STAGE_MS
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished


def test_a_committee_that_stays_away_halts_the_task() -> None:
    """Its archive alone is there: it opens three terms anew, and then nothing helps any more."""
    consortium = Consortium(NAMES[:3], 3, 1)
    until_closed(consortium)
    for name in NAMES[:3]:
        consortium.nodes[name].up = False
    while consortium.ledger.state == "RUNNING":
        if not consortium.act(ARCHIVE):
            consortium.ledger.now_ms += 1000
    assert consortium.ledger.halted == "committee-exhausted"
    terms = consortium.ledger.open.terms
    assert [(one.number, one.renewals) for one in terms] == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert consortium.ledger.now_ms <= 5 * STAGE_MS


def test_who_was_late_first_is_needed_when_others_are_late() -> None:
    consortium = Consortium(NAMES[:3], 3, 1)
    committee, leader = until_closed(consortium)
    consortium.nodes[leader].up = False
    while len(consortium.ledger.open.terms) == 1:
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    assert consortium.ledger.open.terms[-1].replaced == {leader: "unavailable"}
    other = next(name for name in committee if name != leader)
    consortium.nodes[other].up, consortium.nodes[leader].up = False, True
    while not consortium.ledger.ended:
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    assert consortium.ledger.finished
    assert leader in consortium.ledger.records[0].committee


def test_a_leader_that_lies_is_replaced_in_the_same_round() -> None:
    consortium = Consortium(NAMES, 4, 1)
    _, leader = until_closed(consortium)
    consortium.nodes[leader].lies = True
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished
    assert consortium.ledger.now_ms == 0, "a lie costs no waiting"
    assert consortium.ledger.records[0].leader != leader
    assert consortium.ledger.open.terms[-1].replaced == {leader: "wrong-proposal"}


def test_a_member_that_lies_is_outvoted() -> None:
    consortium = Consortium(NAMES, 4, 1)
    committee, leader = until_closed(consortium)
    liar = next(name for name in committee if name != leader)
    consortium.nodes[liar].lies = True
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished
    assert consortium.ledger.records[0].term == 1


def test_a_member_that_never_judges_is_replaced_at_the_deadline() -> None:
    consortium = Consortium(NAMES, 4, 1)
    committee, _ = until_closed(consortium)
    consortium.nodes[committee[0]].mute = True
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished
    assert committee[0] not in consortium.ledger.records[0].committee
    assert STAGE_MS <= consortium.ledger.now_ms < 2 * STAGE_MS


def test_where_nobody_can_take_its_seat_it_costs_a_step_and_no_term() -> None:
    consortium = Consortium(NAMES[:3], 3, 1)
    committee, _ = until_closed(consortium)
    consortium.nodes[committee[0]].mute = True
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished
    assert consortium.ledger.records[0].term == 1
    assert committee[0] not in consortium.ledger.open.terms[0].evaluations
    assert STAGE_MS <= consortium.ledger.now_ms < 2 * STAGE_MS


def test_a_member_that_goes_away_before_it_seals_costs_no_term() -> None:
    consortium = Consortium(NAMES, 4, 1)
    committee, leader = until_closed(consortium)
    away = next(name for name in committee if name != leader)
    while len(consortium.ledger.open.terms[0].evaluations) < len(committee):
        turn(consortium)
    consortium.nodes[away].up = False
    while not consortium.ledger.records:
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    (record,) = consortium.ledger.records
    assert (record.term, record.leader) == (1, leader)
    assert consortium.ledger.now_ms < STAGE_MS


def test_a_committee_of_liars_halts_the_task() -> None:
    """Each lies in its own way: no digest has a quorum, and nothing wrong is committed."""
    consortium = Consortium(NAMES, 4, 1)
    for node in consortium.nodes.values():
        node.lies = True
    settle(consortium)
    check(consortium)
    assert consortium.ledger.halted == "committee-split"
    assert not consortium.ledger.records


def test_a_round_without_enough_updates_is_extended_once_and_then_halts_the_task() -> None:
    consortium = Consortium(NAMES, 4, 1)
    while not consortium.ledger.rounds:
        turn(consortium)
    consortium.nodes["f1"].up = False
    for _ in range(400):
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    assert consortium.ledger.open.extended
    assert consortium.ledger.halted == "too-few-updates"
    assert consortium.ledger.now_ms >= 2 * ROUND_MS


def test_an_update_that_nobody_can_have_is_rejected_by_name() -> None:
    consortium = Consortium(NAMES, 2, 1)
    while not consortium.ledger.rounds or len(consortium.ledger.open.updates) < 4:
        turn(consortium)
    lost = consortium.ledger.open.updates["f1"].digest
    for node in consortium.nodes.values():
        node.held.discard(lost)
    consortium.nodes["f1"].up = False
    while not consortium.ledger.ended:
        if not turn(consortium):
            consortium.ledger.now_ms += 1000
    (record,) = consortium.ledger.records
    assert [(one.participant, one.reason) for one in record.rejected] == [("f1", "late")]


def test_other_bytes_than_were_submitted_are_rejected_by_name_at_once() -> None:
    consortium = Consortium(NAMES, 2, 1)
    consortium.nodes["f1"].forges = True
    settle(consortium)
    check(consortium)
    (record,) = consortium.ledger.records
    rejected = [(one.participant, one.reason) for one in record.rejected]
    assert rejected == [("f1", "digest-mismatch")]
    assert consortium.ledger.now_ms == 0


def test_validation_data_that_never_come_cost_half_of_a_step_and_nobody_its_seat() -> None:
    consortium = Consortium(NAMES, 4, 1)
    consortium.withheld.add(digest("validation"))
    settle(consortium)
    check(consortium)
    assert consortium.ledger.finished
    (record,) = consortium.ledger.records
    assert (record.term, record.rejected) == (1, [])
    assert STAGE_MS // 2 <= consortium.ledger.now_ms < STAGE_MS
