"""Whatever happens to nodes, a task goes on, and no step is ever taken that the ledger refuses.

Nodes act in any order, are away and come back, and lose their journals. A `RefusedError` or an
assertion of the simulation fails the test: in an undisturbed view no duty may owe the impossible.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.provider_node.simulation import ARCHIVE, JOIN_MS, ROUND_MS, Consortium

NAMES = ["f1", "f2", "f3"]
EVERYONE = [*NAMES, ARCHIVE]

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("act a while"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("go away"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("come back"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("forget"), st.sampled_from(EVERYONE)),
        st.tuples(st.just("wait"), st.sampled_from(["1000", str(JOIN_MS), str(ROUND_MS)])),
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
        case "go away" | "come back":
            consortium.nodes[whom].up = what == "come back"
        case "forget":
            node = consortium.nodes[whom]
            node.journal = type(node.journal)(task=node.journal.task)
        case "wait":
            consortium.now_ms += int(whom)


def settle(consortium: Consortium) -> None:
    """Everyone is back and does what is owed, until nothing is."""
    for node in consortium.nodes.values():
        node.up = True
    for _ in range(200):
        acted = [name for name in EVERYONE if consortium.act(name)]
        if not acted:
            if all(consortium.owed(node).done for node in consortium.nodes.values()):
                return
            consortium.now_ms += ROUND_MS


@settings(max_examples=200, deadline=None)
@given(happenings, st.integers(1, 3), st.integers(1, 3))
def test_a_task_is_finished_whatever_happens(
    story: list[tuple[str, str]], least: int, rounds: int
) -> None:
    consortium = Consortium(NAMES, least, rounds)
    for name in EVERYONE:  # who joins before the story is the story's affair only now and then
        consortium.act(name)
    for what, whom in story:
        happen(consortium, what, whom)
    settle(consortium)
    assert consortium.finished
    archive = consortium.nodes[ARCHIVE]
    assert {record.digest for record in consortium.records} <= archive.held
    assert len(consortium.records) == rounds


def test_an_undisturbed_task_waits_for_nothing() -> None:
    consortium = Consortium(NAMES, least=3, rounds=3)
    for _ in range(200):
        for name in EVERYONE:
            consortium.act(name)
    assert consortium.finished
    assert consortium.now_ms == 0
    assert len(consortium.updates) == 9
    assert all(record.accuracy_ppm == -1 for record in consortium.records)


def test_a_leader_that_is_away_is_waited_for_and_collects_what_it_missed() -> None:
    consortium = Consortium(NAMES, least=3, rounds=1)
    while not consortium.chosen:
        for name in EVERYONE:
            consortium.act(name)
    leader = consortium.leader
    consortium.nodes[leader].up = False
    for _ in range(20):
        for name in NAMES:
            consortium.act(name)
    assert len(consortium.updates) == 2, "the others submitted without it"
    assert not consortium.finished
    settle(consortium)
    assert consortium.finished
    assert set(consortium.records[0].sampled) == set(NAMES)
    assert consortium.proposals[1].accepted == NAMES


def test_an_update_that_nobody_can_have_is_rejected_by_name() -> None:
    consortium = Consortium(NAMES, least=2, rounds=1)
    while len(consortium.updates) < 3:
        for name in EVERYONE:
            consortium.act(name)
    leader = consortium.leader
    lost = next(name for name in NAMES if name != leader)
    for node in consortium.nodes.values():
        node.held.discard(consortium.updates[1, lost].digest)
    consortium.nodes[leader].journal = type(consortium.nodes[leader].journal)(task="digits-1")
    consortium.proposals.clear()
    settle(consortium)
    assert consortium.finished
    rejected = consortium.proposals[1].rejected
    assert [(one.participant, one.reason) for one in rejected] == [(lost, "unavailable")]
