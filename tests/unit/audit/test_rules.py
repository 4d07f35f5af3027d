"""Calls that the rules allow, with what they write, and calls that they do not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.audit.played import (
    MODEL,
    ROUND,
    STAGE,
    Played,
    definition,
    signature,
)
from weftwork.audit.findings import Broken

NEW, OTHER = "c" * 64, "d" * 64
ALL = {"a": ("", 300), "b": ("", 100), "c": ("", 200)}
FOUR = ALL | {"d": ("", 100)}


def decided(played: Played, **changes: Any) -> tuple[str, list[str]]:
    """The leader of a closed round that has its scores, and the others of the committee."""
    started = played.closed(**changes)
    played.score("abc", ALL)
    return started["leader"], [name for name in started["committee"] if name != started["leader"]]


def test_publishing_spends_coins_and_puts_the_reward_aside() -> None:
    played = Played()
    played.publish()
    assert played.world.need("escrow", "t")["amount"] == 1000
    assert played.world.need("spent", "buyer", "deposit.one.20")["amount"] == 50
    with pytest.raises(Broken, match="task t is published already"):
        played.call("buyer", "Tasks:Publish", "t", {}, [])
    content = played.world.need("task", "t")["definition"]
    with pytest.raises(Broken, match="is spent twice"):
        played.call("buyer", "Tasks:Publish", "u", content, ["deposit.one.1"])


@pytest.mark.parametrize(
    ("coins", "words"),
    [
        (range(1, 20), "coins with 950 credit pay 1000"),
        (range(1, 22), "a coin is spent that 1000 credit do not need"),
        ([1, *range(1, 20)], "a coin is named twice"),
    ],
)
def test_a_payment_is_covered_and_no_more(coins: Any, words: str) -> None:
    played = Played()
    for name in ("archive", "buyer"):
        played.call(name, "Participants:Register", name, "host:1")
    played.call("bank", "Accounts:Deposit", "buyer", "credit", "1600", "one")
    named = [f"deposit.one.{at}" for at in coins]
    with pytest.raises(Broken, match=words):
        played.call("buyer", "Tasks:Publish", "t", definition(), named)


def test_the_acceptance_is_of_this_definition() -> None:
    played = Played()
    played.publish(())
    played.call("a", "Participants:Register", "a", "host:1")
    wrong = played.joining() | {"acceptance": signature("weftwork.acceptance.v1\nt\nelse")}
    with pytest.raises(Broken, match="the acceptance of the definition is not signed by"):
        played.call("a", "Tasks:Join", "t", wrong)


def test_an_update_is_its_providers_and_of_the_base() -> None:
    played = Played()
    played.start()
    played.submit("a")
    copied = played.world.need("update", "t", "00001", "a") | {"signature": signature("else")}
    with pytest.raises(Broken, match="the update is not signed by"):
        played.call("b", "Rounds:SubmitUpdate", "t", "1", copied)
    with pytest.raises(Broken, match=f"trained from {OTHER}"):
        played.submit("b", base=OTHER)
    with pytest.raises(Broken, match="a has submitted before"):
        played.submit("a")


def test_a_round_is_closed_when_all_are_in_or_it_is_due() -> None:
    played = Played()
    played.start()
    played.submit("a")
    with pytest.raises(Broken, match="closed before the deadline, without b, c"):
        played.call("buyer", "Rounds:Close", "t", "1")
    played.now_ms += ROUND
    with pytest.raises(Broken, match="closed with 1 of 2"):
        played.call("buyer", "Rounds:Close", "t", "1")
    played.submit("b")
    (closing,) = played.call("buyer", "Rounds:Close", "t", "1").values()
    assert (closing["submitted"], closing["missing"], closing["left"]) == (["a", "b"], ["c"], [])


def test_a_closing_is_not_dated_before_the_updates_it_read() -> None:
    played = Played()
    played.start()
    for name in "abc":
        played.now_ms += 1000
        played.submit(name)
    newest = played.now_ms
    played.now_ms -= 2000
    (closing,) = played.call("buyer", "Rounds:Close", "t", "1").values()
    assert closing["closed_at_ms"] == newest


def test_too_few_updates_are_waited_for_once_more_and_then_the_task_halts() -> None:
    played = Played()
    played.start()
    played.submit("a")
    with pytest.raises(Broken, match="without having been extended"):
        played.call("a", "Rounds:Halt", "t")
    played.now_ms += ROUND
    played.call("a", "Rounds:Extend", "t", "1")
    with pytest.raises(Broken, match="halted before the deadline"):
        played.call("a", "Rounds:Halt", "t")
    played.now_ms += ROUND
    writes = played.call("a", "Rounds:Halt", "t")
    assert writes["halt", "t"]["reason"] == "too-few-updates"
    assert writes["coin", "buyer", "refund.t"]["amount"] == 1000


def test_scores_are_those_that_were_sealed() -> None:
    played = Played()
    played.closed()
    for name in "abc":
        played.call(name, "Committee:SealScores", "t", "1", "1", "e" * 64)
    opened = {"salt": "5" * 64, "scores": played.scores("a", ALL)}
    with pytest.raises(Broken, match="what a opens has hash"):
        played.call("a", "Committee:RevealScores", "t", "1", "1", opened)


def test_scores_are_revealed_when_all_have_sealed() -> None:
    played = Played()
    played.closed()
    played.call("a", "Committee:SealScores", "t", "1", "1", "e" * 64)
    opened = {"salt": "5" * 64, "scores": played.scores("a", ALL)}
    with pytest.raises(Broken, match="the step seal-scores still waited for"):
        played.call("a", "Committee:RevealScores", "t", "1", "1", opened)


def test_a_round_to_its_record_by_hand() -> None:
    played = Played()
    leader, others = decided(played)
    with pytest.raises(Broken, match="the step seal still waited for"):
        played.propose(leader, NEW)
    played.seal(others, NEW)
    played.propose(leader, NEW)
    with pytest.raises(Broken, match="committed before"):
        played.call("buyer", "Rounds:Commit", "t", "1", NEW)
    played.attest(others, NEW)
    (record,) = played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
    assert [one["contribution_micro"] for one in record["accepted"]] == [300, 100, 200]
    assert record["accuracy_ppm"] == 800_000
    points = {one["participant"]: one["points"] for one in record["standings"]}
    # 850,000 by 3 : 1 : 2, 33,333 a seat, 50,000 to lead
    expected = {"a": 425_000 + 33_333, "b": 141_666 + 33_333, "c": 283_333 + 33_333}
    assert points == {n: p + (50_000 if n == leader else 0) for n, p in expected.items()}
    assert record["outcome"] == "CONTINUE"
    assert record["next_ranking"][0] == "a"


def test_a_leader_alone_does_not_say_how_accurate_its_model_is() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, NEW)
    played.attest(others, NEW, accuracy=-1)
    (record,) = played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
    assert record["accuracy_ppm"] == -1


def test_a_model_of_another_size_is_another_model() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, NEW, size=11)
    with pytest.raises(Broken, match="has hash"):
        played.attest(others, NEW, size=11)
    played.attest(others, NEW)
    with pytest.raises(Broken, match="1 computed this model, 2 needed"):
        played.call("buyer", "Rounds:Commit", "t", "1", NEW)
    (term,) = played.call("buyer", "Committee:Replace", "t", "1", "1").values()
    assert term["faults"] == [{"participant": leader, "term": 1, "fault": "wrong-proposal"}]


def test_who_attests_another_size_is_at_fault() -> None:
    played = Played()
    leader, (right, wrong) = decided(played)
    played.seal([right], NEW)
    played.seal([wrong], NEW, size=11)
    played.propose(leader, NEW)
    played.attest([right], NEW)
    played.attest([wrong], NEW, size=11)
    (record,) = played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
    assert record["faults"] == [{"participant": wrong, "term": 1, "fault": "wrong-attestation"}]


def test_a_task_is_not_cancelled_once_its_last_round_is_committed() -> None:
    played = Played()
    leader, others = decided(played)
    played.world.records["task", "t"]["definition"]["training"]["rounds"] = 1
    played.seal(others, NEW)
    played.propose(leader, NEW)
    played.attest(others, NEW)
    played.call("buyer", "Rounds:Commit", "t", "1", NEW)
    with pytest.raises(Broken, match="the last round was committed"):
        played.call("buyer", "Tasks:Cancel", "t", "")
    played.call("buyer", "Rounds:Finalize", "t")


def test_two_may_submit_the_same_digest() -> None:
    """Whose it is the committee sees."""
    played = Played()
    played.start()
    played.submit("b", as_of="a")
    played.submit("a")


def test_a_leader_that_a_quorum_contradicts_is_replaced() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, OTHER)
    played.attest(others, NEW)
    with pytest.raises(Broken, match="1 computed this model, 2 needed"):
        played.call("buyer", "Rounds:Commit", "t", "1", OTHER)
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    liar = {"participant": leader, "term": 1, "fault": "wrong-proposal"}
    assert term["replaced"] == term["faults"] == [liar]
    assert term["committee"] == others
    assert term["evaluation"] == 1  # its scores stand
    assert term["seal_by_ms"] == played.now_ms + STAGE


def test_who_attests_without_computing_is_at_fault() -> None:
    played = Played()
    leader, (honest, lazy) = decided(played)
    played.seal([honest], NEW)
    played.seal([lazy], MODEL)
    played.propose(leader, NEW)
    played.attest([honest], NEW)
    played.attest([lazy], MODEL)
    (record,) = played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
    assert record["faults"] == [{"participant": lazy, "term": 1, "fault": "wrong-attestation"}]
    assert record["next_ranking"][-1] == lazy


def test_three_digests_split_the_committee() -> None:
    played = Played()
    leader, (one, two) = decided(played)
    played.seal([one], NEW)
    played.seal([two], OTHER)
    played.propose(leader, MODEL)
    played.attest([one], NEW)
    played.attest([two], OTHER)
    with pytest.raises(Broken, match="nobody had fallen"):
        played.call("a", "Committee:Replace", "t", "1", "1")
    halt = played.call("a", "Rounds:Halt", "t")["halt", "t"]
    assert halt["reason"] == "committee-split"


def test_who_never_scores_is_replaced_when_its_time_is_over() -> None:
    played = Played()
    started = played.closed(committee=2)
    present, absent = started["committee"]
    played.call(present, "Committee:SealScores", "t", "1", "1", "e" * 64)
    with pytest.raises(Broken, match="nobody had fallen"):
        played.call("a", "Committee:Replace", "t", "1", "1")
    played.now_ms += STAGE
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    assert term["replaced"] == [{"participant": absent, "term": 1, "fault": "unavailable"}]
    assert absent not in term["committee"]
    assert len(term["committee"]) == 2
    assert term["evaluation"] == 2
    with pytest.raises(Broken, match="of term 1, it is term 2"):
        played.call(present, "Committee:SealScores", "t", "1", "1", "f" * 64)


def test_a_committee_for_which_time_ran_out_begins_anew_three_times() -> None:
    played = Played()
    started = played.closed()  # at 1,000,000: sealed by 1,060,000
    committee, leader = started["committee"], started["leader"]
    for number in (2, 3, 4):
        played.now_ms += STAGE
        (term,) = played.call("archive", "Committee:Replace", "t", "1", str(number - 1)).values()
        assert (term["committee"], term["leader"]) == (committee, leader)
        assert (term["term"], term["evaluation"], term["renewals"]) == (number, number, number - 1)
        assert term["replaced"] == term["faults"] == []
    assert term["opened_at_ms"] == 1_180_000
    assert term["attest_by_ms"] == 1_480_000
    played.now_ms += STAGE
    with pytest.raises(Broken, match="0 are on the new committee: no quorum"):
        played.call("archive", "Committee:Replace", "t", "1", "4")
    halt = played.call("archive", "Rounds:Halt", "t")["halt", "t"]
    assert halt["reason"] == "committee-exhausted"
    late = [{"participant": name, "term": 4, "fault": "unavailable"} for name in committee]
    assert halt["faults"] == late
    assert {one["reputation"] for one in halt["standings"]} == {450_000}


def test_it_keeps_complete_scores_and_who_did_not_score_is_at_fault() -> None:
    played = Played()
    started = played.closed()
    lazy = next(name for name in started["committee"] if name != started["leader"])
    played.score([name for name in "abc" if name != lazy], ALL, at_ms=STAGE)
    played.now_ms += 2 * STAGE  # nobody seals the digest in time
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    assert (term["evaluation"], term["renewals"]) == (1, 1)
    assert (term["committee"], term["replaced"]) == (started["committee"], [])
    assert term["faults"] == [{"participant": lazy, "term": 1, "fault": "unavailable"}]


def test_who_was_late_sits_again_and_a_liar_does_not() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, OTHER)
    played.attest(others, NEW)
    played.call("a", "Committee:Replace", "t", "1", "1")
    played.now_ms += 3 * STAGE
    (term,) = played.call("a", "Committee:Replace", "t", "1", "2").values()
    assert term["replaced"] == [{"participant": leader, "term": 1, "fault": "wrong-proposal"}]
    assert (term["committee"], term["renewals"]) == (others, 1)


def test_who_left_stays_out_and_a_liar_pays_whatever_else_happens() -> None:
    played = Played()
    started = played.closed("abcd")
    leader = started["leader"]
    late, other = (name for name in started["committee"] if name != leader)
    played.score([leader, other], FOUR, at_ms=STAGE)
    played.seal([other], NEW)
    played.now_ms += 2 * STAGE
    (second,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    followers = [one for one in second["committee"] if one != leader]
    assert (second["leader"], late in followers) == (leader, False)
    played.seal(followers, NEW, "2")
    played.propose(leader, OTHER, 2)
    played.attest(followers, NEW, "2")
    played.call(followers[1], "Tasks:Leave", "t", "enough")
    (third,) = played.call("a", "Committee:Replace", "t", "1", "2").values()
    missed = {"participant": late, "term": 1, "fault": "unavailable"}
    lied = {"participant": leader, "term": 2, "fault": "wrong-proposal"}
    assert (third["renewals"], third["replaced"], third["faults"]) == (1, [lied], [missed, lied])
    assert sorted(third["committee"]) == sorted([followers[0], late])


def test_who_left_in_the_term_that_ends_is_out() -> None:
    played = Played()
    gone, *others = played.closed()["committee"]
    played.call(gone, "Tasks:Leave", "t", "enough")
    played.now_ms += STAGE
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    assert term["replaced"] == [{"participant": gone, "term": 1, "fault": "left"}]
    assert (term["committee"], term["faults"], term["renewals"]) == (others, [], 1)


def test_nobody_sits_again_where_that_is_not_enough() -> None:
    played = Played()
    started = played.closed()
    for name in started["committee"][:2]:
        played.call(name, "Tasks:Leave", "t", "enough")
    played.now_ms += STAGE
    halt = played.call("archive", "Rounds:Halt", "t")["halt", "t"]
    assert halt["faults"] == [
        {"participant": started["committee"][2], "term": 1, "fault": "unavailable"}
    ]


def test_where_all_updates_are_rejected_the_task_halts() -> None:
    played = Played()
    played.closed()
    played.score("abc", dict.fromkeys("abc", ("harmful", -1)))
    halt = played.call("a", "Rounds:Halt", "t")["halt", "t"]
    assert (halt["reason"], halt["rejected"]) == ("too-few-accepted", [])
    assert {one["reputation"] for one in halt["standings"]} == {500_000}


def test_where_too_few_are_accepted_the_rejected_lose_reputation() -> None:
    played = Played()
    played.closed(least=3)
    played.score("abc", ALL | {"b": ("harmful", -1)})
    halt = played.call("a", "Rounds:Halt", "t")["halt", "t"]
    assert halt["reason"] == "too-few-accepted"
    assert halt["rejected"] == [{"participant": "b", "reason": "harmful", "by_quorum": True}]
    reputations = [one["reputation"] for one in halt["standings"]]
    assert reputations == [500_000, 450_000, 500_000]


def test_a_requester_that_cancels_lets_no_liar_off() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, OTHER)
    played.attest(others, NEW)
    cancelled = played.call("buyer", "Tasks:Cancel", "t", "enough")["cancel", "t"]
    lied = {"participant": leader, "term": 1, "fault": "wrong-proposal"}
    assert cancelled["faults"] == [lied]
    reputations = {one["participant"]: one["reputation"] for one in cancelled["standings"]}
    assert reputations == dict.fromkeys("abc", 500_000) | {leader: 250_000}
    record = played.call("a", "Committee:Count", "t", f"Of {leader}")
    assert record["record", f"Of {leader}", f"{1:016d}"]["change"] == -250_000


def test_a_task_is_not_cancelled_after_its_last_record() -> None:
    played = Played()
    leader, others = decided(played, target=800_000)
    played.seal(others, NEW)
    played.propose(leader, NEW)
    played.attest(others, NEW)
    (record,) = played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
    assert record["outcome"] == "FINAL"
    with pytest.raises(Broken, match="the last round was committed"):
        played.call("buyer", "Tasks:Cancel", "t", "no")


def test_a_task_that_is_cancelled_before_its_start_or_its_closing_blames_nobody() -> None:
    early, open_ = Played(), Played()
    early.publish()
    open_.start()
    assert early.call("buyer", "Tasks:Cancel", "t", "no")["cancel", "t"]["standings"] == []
    cancelled = open_.call("buyer", "Tasks:Cancel", "t", "no")["cancel", "t"]
    assert cancelled["faults"] == []
    assert [one["reputation"] for one in cancelled["standings"]] == [500_000] * 3


def test_a_cancelled_task_pays_for_the_rounds_that_were_committed() -> None:
    played = Played()
    leader, others = decided(played)
    played.seal(others, NEW)
    played.propose(leader, NEW)
    played.attest(others, NEW)
    played.call("buyer", "Rounds:Commit", "t", "1", NEW)
    writes = played.call("buyer", "Tasks:Cancel", "t", "enough")
    settled = writes["settlement", "t"]
    assert settled["earnable"] == 500  # one of two rounds
    paid = {one["participant"]: one["amount"] for one in settled["payouts"]}
    points = {one["participant"]: one["points"] for one in settled["payouts"]}
    assert paid == {name: 500 * points[name] // 1_000_000 for name in "abc"}
    assert settled["refund"] == 1000 - sum(paid.values())
    with pytest.raises(Broken, match="task t is CANCELLED"):
        played.call("buyer", "Tasks:Cancel", "t", "again")
    record = played.call("a", "Committee:Count", "t", "Of a")["record", "Of a", f"{1:016d}"]
    assert record["reputation"] == 500_000 + record["change"] > 500_000
    with pytest.raises(Broken, match="was counted for Of a before"):
        played.call("b", "Committee:Count", "t", "Of a")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda p: p.call("x", "Rounds:Close", "t", "1"), "is no participant of task t"),
        (lambda p: p.call("buyer", "Rounds:Finalize", "t"), "the last round is not final"),
        (lambda p: p.call("a", "Tasks:Cancel", "t", "why"), "a is not the requester"),
        (lambda p: p.call("a", "Rounds:Commit", "t", "1", NEW), "round 1 is open"),
        (lambda p: p.call("a", "Committee:Replace", "t", "1", "1"), "round 1 is open"),
        (lambda p: p.call("a", "Rounds:Close", "t", "2"), "round 2 is not open"),
        (lambda p: p.call("a", "Rounds:Close", "t", "01"), "is no number"),
    ],
)
def test_what_a_state_or_a_caller_may_not(act: Callable[[Played], object], words: str) -> None:
    played = Played()
    played.start()
    with pytest.raises(Broken, match=words):
        act(played)
