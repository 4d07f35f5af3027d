"""A ledger in memory: the rules of the chaincode that matter for progress, and what they refuse.

Each method is a transaction at `now_ms`; one that the chaincode would refuse is a `RefusedError`.
Whoever repeats a transaction has read an old view, which the simulation never does.
"""

from dataclasses import dataclass, field

from tests.unit.provider_node.terms import STAGE_MS, Term, require, seat
from tests.unit.provider_node.worlds import INITIAL, digest, joined, task
from weftwork.ledger.records import (
    Artifact,
    Joined,
    Left,
    Part,
    Rejection,
    Round,
    RoundRecord,
    Score,
    SubmittedUpdate,
    Task,
    Update,
)

ROUND_MS, JOIN_MS = 10_000, 5_000
RENEWALS = 3
ID = "digits-1"


@dataclass
class OpenRound:
    """A round, from its opening on. `terms` has none before the round is closed."""

    number: int
    base: Artifact
    sampled: list[str]
    ranking: list[str]
    size: int
    last_leader: str
    deadline_ms: int
    extended: bool = False
    updates: dict[str, SubmittedUpdate] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    record: RoundRecord | None = None

    @property
    def quorum(self) -> int:
        return self.size // 2 + 1

    @property
    def seats(self) -> tuple[list[str], str]:
        if self.terms:
            return self.terms[-1].committee, self.terms[-1].leader
        return seat(self.ranking, [], self.size, self.last_leader)

    def submitted(self) -> list[SubmittedUpdate]:
        return [self.updates[name] for name in sorted(self.updates)]


@dataclass
class MemoryLedger:
    """One task of the providers `names`: it needs `least` of them, and takes all."""

    names: list[str]
    least: int
    last: int
    committee: int
    now_ms: int = 0
    joined: dict[str, Joined] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    chosen: list[str] = field(default_factory=list)
    rounds: list[OpenRound] = field(default_factory=list)
    finished: bool = False
    halted: str = ""
    counted: set[str] = field(default_factory=set)

    # --- what it shows

    @property
    def open(self) -> OpenRound:
        return self.rounds[-1]

    @property
    def records(self) -> list[RoundRecord]:
        return [one.record for one in self.rounds if one.record]

    @property
    def state(self) -> str:
        running = "RUNNING" if self.chosen else "PUBLISHED"
        return "FINISHED" if self.finished else "HALTED" if self.halted else running

    @property
    def ended(self) -> bool:
        return self.finished or bool(self.halted)

    def task(self) -> Task:
        limits = {"min": self.least, "max": len(self.names), "join_seconds": JOIN_MS // 1000}
        governance = {"committee": self.committee, "stage_seconds": STAGE_MS // 1000}
        published = task("PUBLISHED", who=[], participants=limits, governance=governance)
        organisations = [f"{name}MSP" for name in self.chosen]
        return published.model_copy(
            update={
                "state": self.state,
                "joined": list(self.joined.values()),
                "left": [Left(participant=name, left_at_ms=1) for name in self.left],
                "participants": self.chosen,
                "round": len(self.rounds),
                "model": self.open.base if self.rounds else INITIAL,
                "reason": self.halted,
                "uncounted": [
                    one for one in organisations if self.ended and one not in self.counted
                ],
            }
        )

    def round(self, number: int) -> Round:
        """The round as `Rounds:Get` shows it."""
        one = self.rounds[number - 1]
        committee, leader = one.seats
        accepted, rejected = self._tally(one)
        proposed = bool(one.terms) and one.terms[-1].proposal is not None
        state = "COMMITTED" if one.record else "PROPOSED" if proposed else "EVALUATING"
        silent = [name for name in one.sampled if name not in one.updates]
        return Round.model_validate(
            {
                "task": ID,
                "round": number,
                "state": state if one.terms else "OPEN",
                "committee": committee,
                "leader": leader,
                "quorum": one.quorum,
                "last_leader": one.last_leader,
                "base": one.base.model_dump(),
                "opened_at_ms": 0,
                "deadline_ms": one.deadline_ms,
                "extended": one.extended,
                "participants": [name for name in one.sampled if name not in self.left],
                "updates": [update.model_dump() for update in one.submitted()],
                "missing": [name for name in silent if name not in self.left],
                "term": one.terms[-1].shown() if one.terms else None,
                "accepted": [part.model_dump() for part in accepted],
                "rejected": [rejection.model_dump() for rejection in rejected],
                "record": one.record.model_dump() if one.record else None,
            }
        )

    # --- before the first round, and after the last

    def join(self, name: str) -> None:
        self.joined.setdefault(name, Joined.model_validate(joined(name, self.now_ms)))

    def leave(self, name: str) -> None:
        require(name in self.joined and not self.ended, "leave")
        self.left.add(name)

    def start(self, names: list[str]) -> None:
        require(not self.chosen, "started")
        require(self.least <= len(names) <= len(self.names), "too few or too many")
        require(all(name in self.joined and name not in self.left for name in names), "not joined")
        full = len(names) == len(self.names)
        require(full or self.now_ms >= JOIN_MS, "joining is not over")
        self.chosen = names
        self._open(INITIAL, names, idle=[], last_leader="")

    def finalize(self) -> None:
        require(len(self.records) == self.last and not self.ended, "not final")
        self.finished = True

    def count(self, msp_id: str) -> None:
        require(self.ended and msp_id not in self.counted, "counted")
        self.counted.add(msp_id)

    # --- a round's updates

    def submit(self, name: str, number: int, update: Update) -> None:
        one = self._running(number)
        require(not one.terms and name in one.sampled and name not in self.left, "closed, or left")
        require(name not in one.updates and update.base_digest == one.base.digest, "another update")
        one.updates[name] = SubmittedUpdate(participant=name, **update.model_dump())

    def close(self, number: int) -> None:
        one = self._running(number)
        require(not one.terms and len(one.updates) >= self.least, "closed, or too few")
        missing = {*one.sampled} - {*one.updates} - self.left
        require(not missing or self.now_ms >= one.deadline_ms, "not due")
        committee, leader = one.seats
        one.terms.append(Term.scoring(1, number, committee, leader, self.now_ms))

    def extend(self, number: int) -> None:
        one = self._running(number)
        require(not one.terms and not one.extended and self._short(one), "not to be extended")
        one.extended, one.deadline_ms = True, self.now_ms + ROUND_MS

    def halt(self) -> None:
        require(not self.ended, "ended")
        one = self.open
        if not one.terms:
            require(one.extended and self._short(one), "not hopeless")
            self.halted = "too-few-updates"
            return
        term = one.terms[-1]
        fallen, split = term.fallen(self.now_ms, self.left, one.quorum)
        if self._refused(one):
            self.halted = "too-few-accepted"
        elif split:
            self.halted = "committee-split"
        else:
            require(bool(fallen) and self._following(one, fallen) is None, "not hopeless")
            self.halted = "committee-exhausted"

    # --- its committee

    def term(self, number: int, which: int) -> Term:
        """The term in which a member acts; those of an old one are refused."""
        one = self._running(number)
        require(bool(one.terms) and one.terms[-1].number == which, "another term")
        require(one.record is None, "committed")
        return one.terms[-1]

    def replace(self, number: int, which: int) -> None:
        one, term = self._running(number), self.term(number, which)
        require(not self._refused(one), "nothing was accepted")
        fallen, _ = term.fallen(self.now_ms, self.left, one.quorum)
        following = self._following(one, fallen)
        require(bool(fallen) and following is not None, "nobody fell, or too few are left")
        if following:
            one.terms.append(following)

    def commit(self, number: int) -> None:
        one = self._running(number)
        require(bool(one.terms) and one.record is None, "not closed, or committed")
        term = one.terms[-1]
        require(term.agreed(one.quorum) == term.proposal, "no quorum")
        require(term.proposal is not None and not self._waits(one), "waits")
        accepted, rejected = self._tally(one)
        one.record = RoundRecord(
            task=ID,
            round=number,
            term=term.number,
            committee=term.committee,
            leader=term.leader,
            base_digest=one.base.digest,
            digest=term.proposal or "",
            size=9,
            sampled=one.sampled,
            submitted=one.submitted(),
            accepted=accepted,
            rejected=rejected,
            outcome="FINAL" if number == self.last else "CONTINUE",
        )
        if number < self.last:
            missing = [name for name in one.sampled if name not in one.updates]
            idle = [*missing, *term.replaced, *term.faulty(self.left)]
            staying = [name for name in one.sampled if name not in self.left]
            base = Artifact(digest=one.record.digest, size=9)
            self._open(base, staying, idle, last_leader=term.leader)

    def accepted(self, number: int) -> list[Part]:
        return self._tally(self.rounds[number - 1])[0]

    # --- rules that several transactions share

    def _open(self, base: Artifact, names: list[str], idle: list[str], last_leader: str) -> None:
        require(bool(names) or not self.rounds, "nobody is left")
        ranking = sorted(names, key=lambda name: (name in idle, digest(f"{base.digest}\n{name}")))
        self.rounds.append(
            OpenRound(
                number=len(self.rounds) + 1,
                base=base,
                sampled=names,
                ranking=ranking,
                size=min(self.committee, len(names)),
                last_leader=last_leader,
                deadline_ms=self.now_ms + ROUND_MS,
            )
        )

    def _running(self, number: int) -> OpenRound:
        require(self.state == "RUNNING" and number == len(self.rounds), "not open")
        return self.open

    def _short(self, one: OpenRound) -> bool:
        return self.now_ms >= one.deadline_ms and len(one.updates) < self.least

    def _following(self, one: OpenRound, fallen: list[str]) -> Term | None:
        """The term without the fallen; or with all that were late, where too few would be left."""
        term = one.terms[-1]
        out = term.replaced | term.reasons(fallen, self.left, one.quorum)
        only = {name: why for name, why in out.items() if why != "unavailable"}
        ways = [(out, 0), (only, 1)] if term.renewals < RENEWALS else [(out, 0)]
        for replaced, renewed in ways:
            committee, leader = self._seats_without(one, [*replaced])
            if len(committee) >= one.quorum:
                kept = term.evaluated(self.now_ms, self.left, one.quorum)
                following = term.next(committee, leader, self.now_ms, kept=kept)
                following.replaced, following.renewals = replaced, term.renewals + renewed
                return following
        return None

    def _seats_without(self, one: OpenRound, out: list[str]) -> tuple[list[str], str]:
        return seat(one.ranking, [*out, *self.left], one.size, one.last_leader)

    def _waits(self, one: OpenRound) -> list[str]:
        return one.terms[-1].unattested(self.now_ms, self.left, one.quorum)

    def _refused(self, one: OpenRound) -> bool:
        term = one.terms[-1]
        complete = term.evaluated(self.now_ms, self.left, one.quorum)
        return term.proposal is None and complete and not self._tally(one)[0]

    def _tally(self, one: OpenRound) -> tuple[list[Part], list[Rejection]]:
        """Rejected is what more than half of its judges reject."""
        revealed = one.terms[-1].evaluations.values() if one.terms else []
        accepted, rejected = [], []
        for name in sorted(one.updates):
            judged = [score for scores in revealed for score in scores if score.participant == name]
            reasons = [score.reason for score in judged if _rejects(score)]
            if 2 * len(reasons) > len(judged):
                reason, by_quorum = max(reasons, key=reasons.count), len(reasons) >= one.quorum
                rejected.append(Rejection(participant=name, reason=reason, by_quorum=by_quorum))
            else:
                accepted.append(Part(participant=name, weight=10))
        return accepted, rejected


def _rejects(score: Score) -> bool:
    return score.verdict == "rejected"
