"""A term of a committee in the ledger in memory: who has done what, who is excused, who falls."""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.provider_node.worlds import digest
from weftwork.ledger.records import OpenedAttestation, OpenedScores, Score
from weftwork.sealing import attestation_hash, scores_hash

STAGE_MS = 4000
ID = "digits-1"


class RefusedError(Exception):
    """The ledger says no."""


def require(condition: bool, why: str) -> None:
    if not condition:
        raise RefusedError(why)


def seat(
    ranking: Iterable[str], out: Container[str], size: int, last_leader: str
) -> tuple[list[str], str]:
    """The committee and its leader; all merits are equal, so that a leader steps back."""
    committee = [name for name in ranking if name not in out][:size]
    again = len(committee) > 1 and committee[0] == last_leader
    return committee, committee[1 if again else 0] if committee else ""


@dataclass
class Term:
    """Each dictionary is by member. `proposal` is the digest, `attestations` are digests, too."""

    number: int
    round: int
    committee: list[str]
    leader: str
    evaluation: int
    scorers: list[str]
    begun_ms: int  # of the aggregate's part
    replaced: dict[str, str] = field(default_factory=dict)  # by name, why
    renewals: int = 0
    bound: dict[str, str] = field(default_factory=dict)
    evaluations: dict[str, list[Score]] = field(default_factory=dict)
    sealed: dict[str, str] = field(default_factory=dict)
    proposal: str | None = None
    attestations: dict[str, str] = field(default_factory=dict)
    reports: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def scoring(
        cls, number: int, round_: int, committee: list[str], leader: str, now_ms: int
    ) -> "Term":
        return cls(number, round_, committee, leader, number, committee, now_ms + 2 * STAGE_MS)

    def next(self, committee: list[str], leader: str, now_ms: int, *, kept: bool) -> "Term":
        following = Term.scoring(self.number + 1, self.round, committee, leader, now_ms)
        if kept:
            following.evaluation, following.scorers = self.evaluation, self.scorers
            following.bound, following.evaluations = self.bound, self.evaluations
            following.begun_ms = now_ms
        return following

    def shown(self) -> dict[str, Any]:
        """The term as `Rounds:Get` shows it."""
        faults = [
            {"participant": name, "term": 1, "fault": why} for name, why in self.replaced.items()
        ]
        deadlines = zip(STEPS, self.deadlines, strict=True)
        salt = digest("somebody's salt")
        return {
            "term": self.number,
            "committee": self.committee,
            "leader": self.leader,
            "evaluation": self.evaluation,
            "scorers": self.scorers,
            "renewals": self.renewals,
            "replaced": faults,
            **{f"{step}_by_ms": by_ms for step, by_ms in deadlines},
            "scores_sealed": [{"participant": n, "hash": one} for n, one in self.bound.items()],
            "evaluations": [
                {"participant": n, "term": self.evaluation, "salt": salt, "scores": list(scores)}
                for n, scores in self.evaluations.items()
            ],
            "sealed": [{"participant": n, "hash": one} for n, one in self.sealed.items()],
            "proposal": {"term": self.number, "digest": self.proposal, "size": 9}
            if self.proposal
            else None,
            "attestations": [
                {"participant": n, "term": self.number, "salt": salt, "digest": one, "size": 9}
                for n, one in self.attestations.items()
            ],
            "reports": [{"participant": by, "accused": whom} for by, whom in sorted(self.reports)],
        }

    @property
    def deadlines(self) -> list[int]:
        """Of the five steps."""
        begun, anew = self.begun_ms, self.evaluation == self.number
        scoring = [begun - STAGE_MS, begun] if anew else [begun, begun]
        return scoring + [begun + part * STAGE_MS for part in (1, 2, 3)]

    @property
    def followers(self) -> list[str]:
        return [name for name in self.committee if name != self.leader]

    # --- what members do

    def seal_scores(self, name: str, sealed: str, now_ms: int) -> None:
        anew = self.evaluation == self.number and not self.evaluations
        require(anew and name in self.scorers and name not in self.bound, "not to be sealed")
        require(now_ms < self.deadlines[0], "late")
        self.bound[name] = sealed

    def reveal(
        self, name: str, opened: OpenedScores, now_ms: int, left: Container[str], quorum: int
    ) -> None:
        missing, _ = self._waits(0, now_ms, left, quorum)
        require(not missing and len(self.bound) >= quorum, "sealing is not over")
        require(now_ms < self.deadlines[1] and not self.sealed, "late")
        require(name not in self.evaluations and self.evaluation == self.number, "revealed")
        content = [one.model_dump() for one in opened.scores]
        told = (ID, self.round, self.number, name, opened.salt)
        require(self.bound.get(name) == scores_hash(*told, content), "other scores")
        self.evaluations[name] = opened.scores

    def seal(self, name: str, sealed: str, now_ms: int, left: Container[str], quorum: int) -> None:
        require(self.evaluated(now_ms, left, quorum) and self.proposal is None, "too soon or late")
        require(name in self.followers and name not in self.sealed, "not to be sealed")
        require(now_ms < self.deadlines[2], "late")
        self.sealed[name] = sealed

    def propose(
        self, name: str, proposed: str, now_ms: int, left: Container[str], quorum: int
    ) -> None:
        require(name == self.leader and self.proposal is None, "not the leader")
        require(self.evaluated(now_ms, left, quorum), "scores are missing")
        missing, done = self._waits(2, now_ms, left, quorum)
        require(not missing and done >= quorum, "seals are missing")
        require(now_ms < self.deadlines[3], "late")
        self.proposal = proposed

    def attest(self, name: str, opened: OpenedAttestation, now_ms: int) -> None:
        require(self.proposal is not None and name not in self.attestations, "not to be attested")
        require(now_ms < self.deadlines[4], "late")
        told = (ID, self.round, self.number, name, opened.salt, opened.digest, opened.size)
        require(self.sealed.get(name) == attestation_hash(*told), "another digest")
        self.attestations[name] = opened.digest

    def report(self, name: str, accused: str) -> None:
        require(name in self.committee and accused in self.committee, "not on the committee")
        require(name != accused and (name, accused) not in self.reports, "reported")
        self.reports.add((name, accused))

    # --- where it stands

    def evaluated(self, now_ms: int, left: Container[str], quorum: int) -> bool:
        if self.evaluation != self.number:
            return True
        steps = [self._waits(which, now_ms, left, quorum) for which in (0, 1)]
        return all(not missing and done >= quorum for missing, done in steps)

    def unattested(self, now_ms: int, left: Container[str], quorum: int) -> list[str]:
        return self._waits(4, now_ms, left, quorum)[0]

    def agreed(self, quorum: int) -> str:
        votes = Counter([self.proposal, *self.attestations.values()])
        digests = [one for one, count in votes.items() if one and count >= quorum]
        return digests[0] if digests else ""

    def faulty(self, left: Container[str]) -> list[str]:
        """Who did not score, did not attest, or attested another digest than the proposed."""
        owing = self.scorers if self.evaluation == self.number else []
        silent = [name for name in owing if name not in self.evaluations]
        silent += [name for name in self.followers if name not in self.attestations]
        wrong = [name for name, one in self.attestations.items() if one != self.proposal]
        return [*(name for name in silent if name not in left), *wrong]

    def fallen(self, now_ms: int, left: Container[str], quorum: int) -> tuple[list[str], bool]:
        """Who has fallen, and whether the committee is split."""
        if self.proposal is None:
            return self._fallen_before(now_ms, left, quorum), False
        agreed = self.agreed(quorum)
        if agreed:
            return ([] if agreed == self.proposal else [self.leader]), False
        if self.unattested(now_ms, left, quorum):
            return [], False
        silent = [name for name in self.followers if name not in self.attestations]
        return silent, not silent

    def reasons(self, fallen: list[str], left: Container[str], quorum: int) -> dict[str, str]:
        """Why each has fallen."""
        late = "wrong-proposal" if self.agreed(quorum) and self.proposal else "unavailable"
        return {name: "left" if name in left and late == "unavailable" else late for name in fallen}

    def _fallen_before(self, now_ms: int, left: Container[str], quorum: int) -> list[str]:
        first = 0 if self.evaluation == self.number else 2
        reached = 2 if self.sealed else 1 if self.evaluations and first == 0 else first
        fallen: list[str] = []
        for which in range(reached, 4):
            missing, done = self._step(which)
            waited, _ = self._waits(which, now_ms, left, quorum)
            fallen += [name for name in missing if name not in [*waited, *fallen]]
            if waited or done < quorum:
                break
        return fallen

    def _step(self, which: int) -> tuple[list[str], int]:
        """Whom a step misses, and how many have done it."""
        bound = [name for name in self.scorers if name in self.bound]
        sealed = [name for name in self.followers if name in self.sealed]
        members, done, others = [
            (self.scorers, [*self.bound], 0),
            (bound, [*self.evaluations], 0),
            (self.followers, [*self.sealed], 1),
            ([self.leader], [self.leader] if self.proposal else [], 0),
            (sealed, [*self.attestations], 1),
        ][which]
        return [name for name in members if name not in done], others + len(done)

    def _waits(
        self, which: int, now_ms: int, left: Container[str], quorum: int
    ) -> tuple[list[str], int]:
        """Whom of the missing a step still waits for, and how many have done it."""
        missing, done = self._step(which)
        late = now_ms >= self.deadlines[which]
        reported = {name for name in missing if sum(n == name for _, n in self.reports) >= quorum}
        waited = [one for one in missing if not late and one not in left and one not in reported]
        return waited, done


STEPS = ("score", "reveal", "seal", "propose", "attest")
