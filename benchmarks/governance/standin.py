"""A trainer that computes nothing, so that what is left of a round is the ledger's part."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from provider_node.trainer import Aggregated, AggregateJob, Judged, JudgeJob, Verdict

__all__ = ["StandIn", "model"]


def model(updates: list[str]) -> bytes:
    """What stands for the aggregate of updates with these digests."""
    return "\n".join(updates).encode()


class StandIn:
    """Accepts every update, with equal scores, and answers at once."""

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[Self]:
        """Itself."""
        yield self

    @asynccontextmanager
    async def training(self) -> AsyncIterator[Self]:
        """Never: what the next round is to be trained for nobody waits to see."""
        await asyncio.Event().wait()
        yield self

    def announce(self, _: str, __: str) -> None:
        """Nothing."""

    async def judge(self, job: JudgeJob) -> Judged:
        """All are fine."""
        others = [one.participant for one in job.updates if one.participant != job.judge]
        verdicts = tuple(
            Verdict(participant=name, verdict="accepted", reason="", score_micro=1000, detail="")
            for name in others
        )
        return Judged(samples=0, verdicts=verdicts)

    async def aggregate(self, job: AggregateJob) -> Aggregated:
        """The same bytes for every member."""
        content = model([one.path.name for one in job.updates])
        job.output.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        told: dict[str, Any] = {"digest": digest, "size": len(content)}  # all that a member reads
        return Aggregated.model_construct(**told)
