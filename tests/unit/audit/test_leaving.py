"""Who leaves a task when a step's time is over has missed the step: the auditor's rule."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.audit.played import SALT, STAGE, Played, hashed
from weftwork.audit.world import canonical

NEW, OTHER = "c" * 64, "d" * 64
FIVE = dict.fromkeys("abcde", ("", 100))
THREE = dict.fromkeys("abc", ("", 100))


def bind(played: Played, judges: str) -> None:
    """They seal their scores."""
    for judge in judges:
        hash_ = hashed("scores", "1", "1", judge, canonical(played.scores(judge, THREE)).decode())
        played.call(judge, "Committee:SealScores", "t", "1", "1", hash_)


def reveal(played: Played, judges: str) -> None:
    for judge in judges:
        opened = {"salt": SALT, "scores": played.scores(judge, THREE)}
        played.call(judge, "Committee:RevealScores", "t", "1", "1", opened)


class Judged:
    """A closed round of a, b and c: the leader, one that does its part, and one that does not."""

    leader: str
    honest: str
    lazy: str

    def __init__(self) -> None:
        self.played = Played()
        started = self.played.closed()
        self.leader = started["leader"]
        self.honest, self.lazy = (one for one in started["committee"] if one != self.leader)
        self.begun_ms = self.played.now_ms

    @property
    def others(self) -> str:
        return self.leader + self.honest

    def leave(self, late: bool, steps: int) -> None:
        """The lazy one leaves when so many steps are over, or a millisecond before."""
        self.played.now_ms = self.begun_ms + steps * STAGE - (not late)
        self.played.call(self.lazy, "Tasks:Leave", "t", "enough")
        self.played.now_ms = self.begun_ms + steps * STAGE

    def agree(self) -> None:
        self.played.seal(self.honest, NEW)
        self.played.propose(self.leader, NEW)
        self.played.attest(self.honest, NEW)

    def faults(self) -> Any:
        (record,) = self.played.call("buyer", "Rounds:Commit", "t", "1", NEW).values()
        return record["faults"]


def seals_no_scores(round_: Judged, late: bool) -> None:
    bind(round_.played, round_.others)
    round_.leave(late, 1)
    reveal(round_.played, round_.others)
    round_.agree()


def reveals_nothing(round_: Judged, late: bool) -> None:
    bind(round_.played, "abc")
    reveal(round_.played, round_.others)
    round_.leave(late, 2)
    round_.agree()


def seals_no_digest(round_: Judged, late: bool) -> None:
    round_.played.score("abc", THREE)
    round_.played.seal(round_.honest, NEW)
    round_.leave(late, 3)
    round_.played.propose(round_.leader, NEW)
    round_.played.attest(round_.honest, NEW)


def opens_nothing(round_: Judged, late: bool) -> None:
    round_.played.score("abc", THREE)
    round_.played.seal([round_.honest, round_.lazy], NEW)
    round_.played.propose(round_.leader, NEW)
    round_.played.attest(round_.honest, NEW)
    round_.leave(late, 5)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "misses", [seals_no_scores, reveals_nothing, seals_no_digest, opens_nothing]
)
def test_leaving_excuses_only_before_the_end_of_a_step(
    misses: Callable[[Judged, bool], None], late: bool
) -> None:
    round_ = Judged()
    misses(round_, late)
    missed = {"participant": round_.lazy, "term": 1, "fault": "unavailable"}
    assert round_.faults() == ([missed] if late else [])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seals", [False, True])
def test_where_no_digest_has_a_quorum_who_was_silent_falls(seals: bool, late: bool) -> None:
    """By the step that it missed: the sealing of its digest, or the opening."""
    round_ = Judged()
    played = round_.played
    played.score("abc", THREE)
    played.seal([round_.honest, *([round_.lazy] if seals else [])], NEW)
    if not seals:
        round_.leave(late, 3)
    played.propose(round_.leader, OTHER)
    played.attest(round_.honest, NEW)
    if seals:
        round_.leave(late, 5)
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    fell = {"participant": round_.lazy, "term": 1, "fault": "unavailable" if late else "left"}
    assert term["replaced"] == [fell]
    assert term["faults"] == ([fell] if late else [])


@pytest.mark.parametrize("late", [False, True])
def test_who_sealed_nothing_is_blamed_where_the_leader_is_contradicted(late: bool) -> None:
    played = Played()
    started = played.closed("abcde", committee=5)
    leader = started["leader"]
    *honest, lazy = (one for one in started["committee"] if one != leader)
    begun_ms = played.now_ms
    played.score("abcde", FIVE)
    played.seal(honest, NEW)
    played.now_ms = begun_ms + 3 * STAGE - (not late)
    played.call(lazy, "Tasks:Leave", "t", "")
    played.now_ms = begun_ms + 3 * STAGE
    played.propose(leader, OTHER)
    played.attest(honest, NEW)
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    lied = {"participant": leader, "term": 1, "fault": "wrong-proposal"}
    missed = {"participant": lazy, "term": 1, "fault": "unavailable"}
    assert term["faults"] == ([lied, missed] if late else [lied])


@pytest.mark.parametrize(("at_ms", "reason"), [(STAGE - 1, "left"), (STAGE, "unavailable")])
def test_who_leaves_late_falls_for_time(at_ms: int, reason: str) -> None:
    played = Played()
    present, absent = played.closed(committee=2)["committee"]
    closed_at = played.now_ms
    played.call(present, "Committee:SealScores", "t", "1", "1", "e" * 64)
    played.now_ms = closed_at + at_ms
    played.call(absent, "Tasks:Leave", "t", "")
    played.now_ms = closed_at + STAGE
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    fell = {"participant": absent, "term": 1, "fault": reason}
    assert term["replaced"] == [fell]
    assert term["faults"] == ([] if reason == "left" else [fell])


def test_who_misses_a_step_and_leaves_falls_once() -> None:
    """Too late to reveal its scores, in time for its digest."""
    played = Played()
    played.publish("abcd")
    played.now_ms += 60_000  # the join deadline: not all need be taken
    played.call("archive", "Tasks:Start", "t", ["a", "b", "c"])
    for name in "abc":
        played.submit(name)
    (closing,) = played.call("buyer", "Rounds:Close", "t", "1").values()
    for name in "abc":
        hash_ = hashed("scores", "1", "1", name, canonical(played.scores(name, THREE)).decode())
        played.call(name, "Committee:SealScores", "t", "1", "1", hash_)
    for name in "ab":
        opened = {"salt": SALT, "scores": played.scores(name, THREE)}
        played.call(name, "Committee:RevealScores", "t", "1", "1", opened)
    played.now_ms = closing["closed_at_ms"] + 2 * STAGE
    played.call("c", "Tasks:Leave", "t", "")
    (term,) = played.call("a", "Committee:Replace", "t", "1", "1").values()
    assert term["replaced"] == [{"participant": "c", "term": 1, "fault": "unavailable"}]
