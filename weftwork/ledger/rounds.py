"""The contract `Rounds`: updates in, one aggregate out, and the chain of round records."""

from collections.abc import Mapping
from typing import Any

from weftwork.ledger.calls import Calls, as_json
from weftwork.ledger.contract import Contract
from weftwork.ledger.records import Proposal, Receipt, Round, RoundRecord, Update

__all__ = ["Rounds"]


class Rounds:
    """A round's life: OPEN, EVALUATING, PROPOSED, COMMITTED. Rounds count from 1."""

    def __init__(self, contract: Contract) -> None:
        self._calls = Calls(contract)

    async def submit_update(
        self,
        task: str,
        round: int,
        update: Update | Mapping[str, Any],
    ) -> Receipt:
        """Record the digest of the caller's update."""
        return await self._calls.write("SubmitUpdate", task, str(round), as_json(update))

    async def close(self, task: str, round: int) -> Receipt:
        """End the time for updates: all are in, or it is due and there are enough."""
        return await self._calls.write("Close", task, str(round))

    async def extend(self, task: str, round: int) -> Receipt:
        """Give a round that is due and has too few updates as much time again, once."""
        return await self._calls.write("Extend", task, str(round))

    async def propose_aggregate(
        self,
        task: str,
        round: int,
        proposal: Proposal | Mapping[str, Any],
    ) -> Receipt:
        """Propose the round's aggregate (its term's leader only)."""
        return await self._calls.write("ProposeAggregate", task, str(round), as_json(proposal))

    async def commit(self, task: str, round: int, digest: str) -> Receipt:
        """Commit the aggregate of a quorum, and open the next round unless it is final."""
        return await self._calls.write("Commit", task, str(round), digest)

    async def finalize(self, task: str) -> Receipt:
        """Finish the task after its final round."""
        return await self._calls.write("Finalize", task)

    async def halt(self, task: str) -> Receipt:
        """End a task whose open round cannot go on."""
        return await self._calls.write("Halt", task)

    async def get(self, task: str, round: int) -> Round:
        """The round as it stands now, or `NotFound`."""
        return await self._calls.read(Round, "Get", task, str(round))

    async def list(self, task: str) -> list[RoundRecord]:
        """The committed rounds, in order."""
        return await self._calls.read_all(RoundRecord, "List", task)
