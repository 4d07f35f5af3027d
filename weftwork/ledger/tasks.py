"""The contract `Tasks`: publish, join, start, and follow a task."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from weftwork.ledger.calls import Calls, as_json
from weftwork.ledger.contract import Contract
from weftwork.ledger.records import Join, Receipt, Task, TaskDefinition, TaskState

__all__ = ["Tasks"]


class Tasks:
    """A task's life: PUBLISHED, RUNNING, then FINISHED, CANCELLED or HALTED."""

    def __init__(self, contract: Contract) -> None:
        self._calls = Calls(contract)

    async def publish(
        self,
        id: str,
        definition: TaskDefinition | Mapping[str, Any],
        funds: Sequence[str] = (),
    ) -> Receipt:
        """Publish a task (requesters only), its reward paid with the coins `funds` (their ids).

        `Ledger.wallet` finds them. Refused (`INSUFFICIENT_FUNDS`) where they do not cover it.
        """
        return await self._calls.write("Publish", id, as_json(definition), json.dumps(list(funds)))

    async def cancel(self, id: str, reason: str) -> Receipt:
        """Cancel a task before its end (its requester only)."""
        return await self._calls.write("Cancel", id, reason)

    async def join(self, id: str, join: Join | Mapping[str, Any]) -> Receipt:
        """Offer to take part (providers only)."""
        return await self._calls.write("Join", id, as_json(join))

    async def leave(self, id: str, reason: str) -> Receipt:
        """Take part no longer, from now on."""
        return await self._calls.write("Leave", id, reason)

    async def start(self, id: str, participants: Sequence[str]) -> Receipt:
        """Open round 1 with `participants` (the requester, or its organisation's archive)."""
        return await self._calls.write("Start", id, json.dumps(list(participants)))

    async def get(self, id: str) -> Task:
        """The task as it stands now, or `NotFound`."""
        return await self._calls.read(Task, "Get", id)

    async def list(self, state: TaskState | str = "") -> list[Task]:
        """All tasks, or those in `state`."""
        return await self._calls.read_all(Task, "List", state)
