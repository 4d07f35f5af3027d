"""How far a round's committee is: what the ledger's guards will say, read off its own records.

A step of a term waits for a member until it has done its part, unless it is excused: it has left
the task, the step's deadline has passed, or a quorum of the committee has reported it.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from weftwork.ledger.records import Artifact, Round, Term

__all__ = ["RENEWALS", "Bench"]

# How often in a round all for whom only time had run out may sit again: the ledger's `maxRenewals`.
RENEWALS = 3

_Part = tuple[list[str], set[str], int, int]


@dataclass(frozen=True)
class Bench:
    """The committee of a closed round at `now_ms`.

    `gone`: the names that have left the task. `organisations`: the participants' MSP IDs by name.
    `least`: how many accepted updates the task's aggregation needs.
    """

    round: Round
    term: Term
    now_ms: int
    gone: Collection[str]
    organisations: Mapping[str, str] = field(default_factory=dict)
    least: int = 1

    @property
    def followers(self) -> list[str]:
        """The committee but its leader, whose attestation is its proposal."""
        return [name for name in self.term.committee if name != self.term.leader]

    @property
    def bound(self) -> set[str]:
        """Who has sealed its scores."""
        return {one.participant for one in self.term.scores_sealed}

    @property
    def revealed(self) -> set[str]:
        """Whose scores can be read."""
        return {one.participant for one in self.term.evaluations}

    @property
    def sealed(self) -> set[str]:
        """Who has sealed the digest that it computed."""
        return {one.participant for one in self.term.sealed}

    @property
    def attested(self) -> set[str]:
        """Who has opened it."""
        return {one.participant for one in self.term.attestations}

    @property
    def scores_anew(self) -> bool:
        """Whether this term's committee scores; else the scores of an earlier term stand."""
        return self.term.evaluation == self.term.term

    @property
    def unbound(self) -> list[str]:
        """Whom the sealing of scores waits for."""
        return self._missing(self.term.scorers, self.bound, self.term.score_by_ms)

    @property
    def unrevealed(self) -> list[str]:
        """Whom the revealing of scores waits for."""
        bound = [name for name in self.term.scorers if name in self.bound]
        return self._missing(bound, self.revealed, self.term.reveal_by_ms)

    @property
    def may_reveal(self) -> bool:
        """Whether all are bound that are waited for, and a quorum is."""
        return not self.unbound and len(self.bound) >= self.round.quorum

    @property
    def evaluated(self) -> bool:
        """Whether the scores are complete, so that what is accepted is settled."""
        if not self.scores_anew:
            return True
        enough = len(self.revealed) >= self.round.quorum
        return self.may_reveal and enough and not self.unrevealed

    @property
    def unsealed(self) -> list[str]:
        """Whom the sealing of digests waits for."""
        return self._missing(self.followers, self.sealed, self.term.seal_by_ms)

    @property
    def may_propose(self) -> bool:
        """Whether the leader's proposal can no longer be copied, and a quorum has computed one."""
        enough = 1 + len(self.sealed) >= self.round.quorum
        return self.evaluated and enough and not self.unsealed

    @property
    def unattested(self) -> list[str]:
        """Whom the opening of digests waits for."""
        sealed = [name for name in self.followers if name in self.sealed]
        return self._missing(sealed, self.attested, self.term.attest_by_ms)

    @property
    def agreed(self) -> Artifact | None:
        """The aggregate that a quorum has computed, if there is one."""
        if self.term.proposal is None:
            return None
        votes = Counter([(self.term.proposal.digest, self.term.proposal.size)])
        votes.update((one.digest, one.size) for one in self.term.attestations)
        (digest, size), count = votes.most_common(1)[0]
        return Artifact(digest=digest, size=size) if count >= self.round.quorum else None

    @property
    def _leader_agreed(self) -> bool:
        """Whether it is what the leader has proposed."""
        proposal, agreed = self.term.proposal, self.agreed
        if proposal is None or agreed is None:
            return False
        return (agreed.digest, agreed.size) == (proposal.digest, proposal.size)

    @property
    def may_commit(self) -> bool:
        """Whether a quorum agrees with the leader, and all have spoken that are waited for."""
        return self._leader_agreed and not self.unattested

    @property
    def split(self) -> bool:
        """Whether all have spoken, and there is no quorum."""
        return self._mute and not self._absent

    @property
    def refused(self) -> bool:
        """Whether the scores are complete and accept too few updates: nothing can be proposed."""
        too_few = len(self.round.accepted) < self.least
        return self.term.proposal is None and self.evaluated and too_few

    @property
    def hopeless(self) -> bool:
        """Whether no term can help: the task can be halted."""
        return self.refused or self.split or (bool(self.fallen) and not self._goes_on)

    @property
    def fallen(self) -> list[str]:
        """Without whom the committee can go on in another term."""
        if self.term.proposal is None:
            return [] if self.refused else self._fallen_before()
        if self._contradicted:
            return [self.term.leader]
        return self._absent if self._mute else []

    @property
    def to_replace(self) -> list[str]:
        """Whom nodes replace: the fallen, unless the term had better come to its end without them.

        Who was late is at fault either way, and another term costs all others its steps again. But
        scores are the safer the more members give them: where others can take the seats, they do.
        """
        scoring = not self.evaluated and self._seats(self._out) >= len(self.term.committee)
        return [] if self._enough_are_left and not scoring else self.fallen

    @property
    def owing(self) -> list[str]:
        """Whom the round waits for now."""
        if self.term.proposal is not None:
            return self.unattested
        if not self.evaluated:
            return self.unbound or self.unrevealed
        return self.unsealed or [self.term.leader]

    @property
    def next_deadline_ms(self) -> int:
        """When time alone may change something."""
        term = self.term
        steps = (term.score_by_ms, term.reveal_by_ms, term.seal_by_ms)
        all_steps = (*steps, term.propose_by_ms, term.attest_by_ms)
        return min((one for one in all_steps if one > self.now_ms), default=self.now_ms + 1000)

    @property
    def _enough_are_left(self) -> bool:
        """Whether a quorum has done the step that the term has come to, or still may.

        Who has left the task opens nothing that it has sealed.
        """
        term = self.term
        if term.proposal is not None:
            return False
        if self.evaluated:
            able = 1 + len({*self.sealed, *self.unsealed} - {*self.gone})
            return able >= self.round.quorum and not self._excused(term.leader, term.propose_by_ms)
        if self.revealed or self.may_reveal:
            return len({*self.revealed, *self.unrevealed}) >= self.round.quorum
        return len({*self.bound, *self.unbound} - {*self.gone}) >= self.round.quorum

    @property
    def _mute(self) -> bool:
        return self.term.proposal is not None and not self.agreed and not self.unattested

    @property
    def _absent(self) -> list[str]:
        return [name for name in self.followers if name not in self.attested]

    @property
    def _contradicted(self) -> bool:
        """Whether a quorum has computed another aggregate than the leader proposes."""
        return self.agreed is not None and not self._leader_agreed

    @property
    def _goes_on(self) -> bool:
        """Whether a quorum is left without the fallen, or with those that were only late."""
        if self._seats(self._out) >= self.round.quorum:
            return True
        replaced = self.term.replaced
        for_good = {one.participant for one in replaced if one.fault != "unavailable"}
        liars = {self.term.leader} if self._contradicted else set()
        left = self._seats(for_good | liars)
        return self.term.renewals < RENEWALS and left >= self.round.quorum

    @property
    def _out(self) -> set[str]:
        """Who would not sit in the next term."""
        return {*self.fallen, *(one.participant for one in self.term.replaced)}

    def _seats(self, out: Container[str]) -> int:
        """How many could be seated without those: one an organisation."""
        return len({self.organisations.get(n, n) for n in self.round.participants if n not in out})

    def _fallen_before(self) -> list[str]:
        """The excused at the step that the term has come to, and at those after it.

        It ends at the first step that somebody may still do, or that too few have done.
        """
        found: list[str] = []
        for members, done, by_ms, others in self._steps()[self._reached :]:
            missing = [name for name in members if name not in done]
            excused = [name for name in missing if self._excused(name, by_ms)]
            found += excused
            if len(excused) < len(missing) or others + len(done) < self.round.quorum:
                break
        return list(dict.fromkeys(found))

    def _steps(self) -> list[_Part]:
        """Whose a step is, who has done it, until when it can be, and who needs not do it."""
        term = self.term
        bound = [name for name in term.scorers if name in self.bound]
        return [
            (term.scorers, self.bound, term.score_by_ms, 0),
            (bound, self.revealed, term.reveal_by_ms, 0),
            (self.followers, self.sealed, term.seal_by_ms, 1),  # the leader's is its proposal
            ([term.leader], set(), term.propose_by_ms, 0),
        ]

    @property
    def _reached(self) -> int:
        """The last step that somebody has done, or the first of the term."""
        if self.sealed or not self.scores_anew:
            return 2
        return 1 if self.revealed else 0

    def _missing(self, members: Iterable[str], done: Container[str], by_ms: int) -> list[str]:
        return [one for one in members if one not in done and not self._excused(one, by_ms)]

    def _excused(self, name: str, by_ms: int) -> bool:
        reporters = {one.participant for one in self.term.reports if one.accused == name}
        return name in self.gone or self.now_ms >= by_ms or len(reporters) >= self.round.quorum
