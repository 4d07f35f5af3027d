"""A term of a round: a committee, and how far it has come with each of its steps."""

from dataclasses import dataclass

from weftwork.audit.findings import require
from weftwork.audit.rules.tally import Ballot, Tally
from weftwork.audit.task import Round
from weftwork.audit.world import Call, Record, number

__all__ = ["Step", "Term", "computed", "deadlines", "fault", "merged"]


Computed = tuple[str, int]  # an aggregate: its digest, and its size in bytes


def computed(record: Record) -> Computed:
    """The aggregate of a proposal, of an attestation, or of a round's record."""
    return record["digest"], record["size"]


@dataclass(frozen=True)
class Step:
    """A step that members do each by itself: how many have, who has not, until when it waits."""

    done: int
    missing: list[str]
    by_ms: int


def deadlines(from_ms: int, stage_ms: int, *, scoring: bool) -> dict[str, int]:
    """When the steps of a term end that begins then: a stage each, those of scoring first."""
    first = 2 if scoring else 0
    return {
        "score_by_ms": from_ms + (stage_ms if scoring else 0),
        "reveal_by_ms": from_ms + first * stage_ms,
        "seal_by_ms": from_ms + (first + 1) * stage_ms,
        "propose_by_ms": from_ms + (first + 2) * stage_ms,
        "attest_by_ms": from_ms + (first + 3) * stage_ms,
    }


def fault(name: str, term: int, what: str) -> Record:
    """What a member did wrong, or `left`, which is none."""
    return {"participant": name, "term": term, "fault": what}


def merged(known: list[Record], more: list[Record]) -> list[Record]:
    """All of them, each once."""
    return known + [one for at, one in enumerate(more) if one not in known + more[:at]]


class Term:
    """The current term of a closed round."""

    def __init__(self, round_: Round) -> None:
        self.round = round_
        self.world = round_.world
        self.number = 1
        while self.world.has("term", *round_.key, number(self.number + 1)):
            self.number += 1
        self.record = _record(round_, self.number)
        self.committee: list[str] = self.record["committee"]
        self.leader: str = self.record["leader"]
        self.scorers: list[str] = self.record["scorers"]
        self.evaluation: int = self.record["evaluation"]
        self.opened_at_ms: int = self.record["opened_at_ms"]

    @property
    def followers(self) -> list[str]:
        """The members but the leader."""
        return [name for name in self.committee if name != self.leader]

    @property
    def proposal(self) -> Record | None:
        """The leader's."""
        return self.world.get("proposal", *self.round.key, number(self.number))

    @property
    def scores_alone(self) -> bool:
        """Whether this term scores itself: it keeps no scores of one before."""
        return self.evaluation == self.number

    def of(self, kind: str, names: list[str], term: int) -> list[Record]:
        """The records of that kind that the names have written in a term."""
        keys = [(kind, *self.round.key, number(term), name) for name in names]
        return [self.world.records[key] for key in keys if key in self.world.records]

    @property
    def evaluations(self) -> list[Record]:
        """The scores that count and are revealed."""
        return self.of("evaluation", self.scorers, self.evaluation)

    @property
    def attestations(self) -> list[Record]:
        """The digests that members have opened."""
        return self.of("attestation", self.followers, self.number)

    def tally(self) -> Tally:
        """What the scores say so far."""
        opening = self.round.opening
        return Ballot(
            self.round.updates,
            self.evaluations,
            len(opening.committee),
            opening.standings,
            self.round.task.definition["aggregation"]["cap_ratio"],
        ).count()

    @property
    def least_accepted(self) -> int:
        """How many updates the task's aggregation needs."""
        return int(self.round.task.definition["aggregation"].get("least", 1))

    def step(self, which: str) -> Step:
        """How far `seal-scores`, `reveal`, `seal`, `propose` or `attest` is.

        Nobody is missing in the second half of a step that missed the first. The leader's proposal
        counts as its own seal, and as its attestation.
        """
        names, term = (
            (self.scorers, self.evaluation)
            if which in ("seal-scores", "reveal")
            else (self.followers, self.number)
        )
        sealed, opened = {
            "seal-scores": ("scoresseal", "scoresseal"),
            "reveal": ("scoresseal", "evaluation"),
            "seal": ("seal", "seal"),
            "attest": ("seal", "attestation"),
            "propose": ("", ""),
        }[which]
        by_ms = self.record[_DEADLINES[which]]
        if which == "propose":
            return Step(
                int(self.proposal is not None), [] if self.proposal else [self.leader], by_ms
            )
        done = _names(self.of(opened, names, term))
        owing = names if sealed == opened else _names(self.of(sealed, names, term))
        own = 1 if which in ("seal", "attest") else 0
        return Step(own + len(done), [name for name in owing if name not in done], by_ms)

    def excused(self, step: Step, now_ms: int) -> list[Record]:
        """Those of the missing that nobody waits for, and why."""
        found = []
        for name in step.missing:
            why = self._departure(name, step.by_ms)
            if not why and (now_ms >= step.by_ms or self._reported(name)):
                why = "unavailable"
            if why:
                found.append(fault(name, self.number, why))
        return found

    def absent(self, *which: str) -> list[Record]:
        """All that are missing in these steps, and why: each once, by the first that it missed."""
        found: dict[str, Record] = {}
        for step in map(self.step, which):
            for name in step.missing:
                why = self._departure(name, step.by_ms) or "unavailable"
                found.setdefault(name, fault(name, self.number, why))
        return list(found.values())

    def _departure(self, name: str, by_ms: int) -> str:
        """What its leaving makes of a member in a step; only before the step's end is it no fault.

        Empty if it has not left.
        """
        leave = self.world.get("leave", self.round.task.id, name)
        if leave is None:
            return ""
        return "left" if leave["left_at_ms"] < by_ms else "unavailable"

    def _reported(self, accused: str) -> bool:
        """Whether a quorum of the committee says that it is away."""
        others = [name for name in self.committee if name != accused]
        key = ("report", *self.round.key, number(self.number))
        said = [name for name in others if self.world.has(*key, name, accused)]
        return len(said) >= self.round.quorum

    def waited_for(self, step: Step, now_ms: int) -> list[str]:
        """Who is missing, and not excused."""
        excused = _names(self.excused(step, now_ms))
        return [name for name in step.missing if name not in excused]

    def require_over(self, which: str, now_ms: int) -> None:
        """Raise `Broken` unless a step waits for nobody, and a quorum has done it."""
        step = self.step(which)
        waits = self.waited_for(step, now_ms)
        require(not waits, f"the step {which} still waited for {', '.join(waits)}")
        quorum = self.round.quorum
        require(step.done >= quorum, f"the step {which}: {step.done} have, {quorum} needed")

    def require_in_time(self, which: str, call: Call) -> None:
        """Raise `Broken` if the call came after the step's end."""
        by_ms = self.record[_DEADLINES[which]]
        require(call.now_ms < by_ms, f"the step {which} ended at {by_ms}, it came at {call.now_ms}")

    def agreed(self) -> Computed | None:
        """What a quorum computed, the proposal counted; None if there is no such thing."""
        if self.proposal is None:
            return None
        all_ = [computed(one) for one in (self.proposal, *self.attestations)]
        found = [one for one in all_ if all_.count(one) >= self.round.quorum]
        return found[0] if found else None

    def missed(self, *which: str) -> list[Record]:
        """The faults of those that did not do these steps, but for those that left in time."""
        return [one for one in self.absent(*which) if one["fault"] != "left"]

    def unscored(self) -> list[Record]:
        """The faults of those that owed scores in this term."""
        return self.missed("seal-scores", "reveal") if self.scores_alone else []

    def false_witnesses(self, agreed: Computed) -> list[Record]:
        """The faults of those that attested anything else."""
        wrong = [one for one in self.attestations if computed(one) != agreed]
        return [fault(name, self.number, "wrong-attestation") for name in _names(wrong)]


_DEADLINES = {
    "seal-scores": "score_by_ms",
    "reveal": "reveal_by_ms",
    "seal": "seal_by_ms",
    "propose": "propose_by_ms",
    "attest": "attest_by_ms",
}


def _names(records: list[Record]) -> list[str]:
    return [one["participant"] for one in records]


def _record(round_: Round, at: int) -> Record:
    """The term's; the first has none: it follows from election and closing."""
    if at > 1:
        return round_.world.need("term", *round_.key, number(at))
    closing = round_.world.need("closing", *round_.key)
    from_ms = closing["closed_at_ms"]
    return {
        "task": round_.task.id,
        "round": round_.number,
        "term": 1,
        "committee": round_.opening.committee,
        "leader": round_.opening.leader,
        "evaluation": 1,
        "scorers": round_.opening.committee,
        "renewals": 0,
        "replaced": [],
        "faults": [],
        "opened_at_ms": from_ms,
    } | deadlines(from_ms, round_.task.stage_ms, scoring=True)
