"""A round's committee, played by hand: all agree, and nobody trains or computes anything."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from weftwork.errors import NotFoundError
from weftwork.ledger import Ledger, Refused
from weftwork.ledger.records import (
    Artifact,
    OpenedAttestation,
    OpenedScores,
    Proposal,
    Round,
    Score,
)
from weftwork.sealing import attestation_hash, new_salt, scores_hash

__all__ = ["Committee", "caught_up"]

LAG_SECONDS = 10
TERM = 1
SCORE = 1000

T = TypeVar("T")


async def caught_up(act: Callable[[], Awaitable[T]]) -> T:
    """Do `act`, again while it is refused: a party's own peer may be a block behind the others'."""
    last = time.monotonic() + LAG_SECONDS
    while True:
        try:
            return await act()
        except (Refused, NotFoundError):
            if time.monotonic() > last:
                raise
        await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Committee:
    """Those who decide a round whose updates are in, by name; the first of its terms is enough."""

    ledgers: Mapping[str, Ledger]
    task: str
    number: int

    async def decide(self, model: Artifact, accuracy_ppm: int = 1) -> None:
        """Everything from the end of the updates' time to the record."""
        await self.propose(model, accuracy_ppm)
        await self.commit(model)

    async def propose(self, model: Artifact, accuracy_ppm: int = 1) -> Ledger:
        """Judge, compute, and let the leader propose and the others attest; its ledger."""
        await self._judge()
        leader, task, n = (await self._round()).leader, self.task, self.number
        salts = {name: new_salt() for name in await self._members() if name != leader}

        async def seal(member: str) -> None:
            hash_ = attestation_hash(task, n, TERM, member, salts[member], model.digest, model.size)
            act = self.ledgers[member].committees.seal_attestation
            await caught_up(partial(act, task, n, TERM, hash_))

        async def attest(member: str) -> None:
            own = OpenedAttestation(
                salt=salts[member],
                digest=model.digest,
                size=model.size,
                accuracy_ppm=accuracy_ppm,
            )
            act = self.ledgers[member].committees.attest_aggregate
            await caught_up(partial(act, task, n, TERM, own))

        await asyncio.gather(*map(seal, salts))
        proposal = Proposal(term=TERM, accuracy_ppm=accuracy_ppm, **model.model_dump())
        await caught_up(partial(self.ledgers[leader].rounds.propose_aggregate, task, n, proposal))
        await asyncio.gather(*map(attest, salts))
        return self.ledgers[leader]

    async def commit(self, model: Artifact) -> None:
        """Any member may do it."""
        await caught_up(partial(self._any.rounds.commit, self.task, self.number, model.digest))

    async def _judge(self) -> None:
        """Close the round; each scores all updates but its own."""
        await caught_up(partial(self._any.rounds.close, self.task, self.number))
        authors = sorted(update.participant for update in (await self._round()).updates)
        scores = {
            name: OpenedScores(
                salt=new_salt(), scores=[good(one) for one in authors if one != name]
            )
            for name in await self._members()
        }

        async def seal(member: str) -> None:
            act = self.ledgers[member].committees.seal_scores
            hash_ = self._hash(member, scores[member])
            await caught_up(partial(act, self.task, self.number, TERM, hash_))

        async def reveal(member: str) -> None:
            act = self.ledgers[member].committees.reveal_scores
            await caught_up(partial(act, self.task, self.number, TERM, scores[member]))

        await asyncio.gather(*map(seal, scores))
        await asyncio.gather(*map(reveal, scores))

    def _hash(self, name: str, its: OpenedScores) -> str:
        scores = [score.model_dump() for score in its.scores]
        return scores_hash(self.task, self.number, TERM, name, its.salt, scores)

    @property
    def _any(self) -> Ledger:
        return next(iter(self.ledgers.values()))

    async def _round(self) -> Round:
        """The round, as the peer has it that has closed it."""
        return await self._any.rounds.get(self.task, self.number)

    async def _members(self) -> list[str]:
        return (await self._round()).committee


def good(author: str) -> Score:
    """What each member says of another's update."""
    return Score(participant=author, verdict="accepted", score_micro=SCORE)
