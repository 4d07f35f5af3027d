"""Who takes part in the consortium, and where their nodes are."""

import asyncio
import time

from weftwork.errors import NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant

__all__ = ["Directory"]

# Events announce every change; this bounds the harm of one that was missed.
KEEP_SECONDS = 60
# A stranger at the door makes us read the ledger, but not more often than this.
STRANGER_SECONDS = 1


class Directory:
    """The ledger's participants, remembered until an event says that they have changed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = asyncio.Lock()
        self._everyone: list[Participant] = []
        self._read_at = self._outdated_at = float("-inf")

    async def get(self, name: str) -> Participant:
        """The participant of that name, or `NotFoundError`."""
        for seconds in (KEEP_SECONDS, STRANGER_SECONDS):
            for one in await self.everyone(seconds):
                if one.name == name:
                    return one
        raise NotFoundError(f"no participant {name!r} is registered")

    async def find(self, msp_id: str, common_name: str) -> Participant | None:
        """The participant with this identity; one that retired may finish what it has joined."""
        for seconds in (KEEP_SECONDS, STRANGER_SECONDS):
            for one in await self.everyone(seconds):
                if (one.msp_id, one.common_name) == (msp_id, common_name):
                    return one
        return None

    async def retired(self) -> frozenset[str]:
        """The names of those who take on nothing new."""
        everyone = await self.everyone()
        return frozenset(one.name for one in everyone if one.state == "INACTIVE")

    async def everyone(self, max_age: float = KEEP_SECONDS) -> list[Participant]:
        """All participants, as they were at most `max_age` seconds ago, never before `outdate`."""
        async with self._lock:
            now = time.monotonic()
            if self._read_at <= max(now - max_age, self._outdated_at):
                self._everyone = await self._ledger.participants.list()
                self._read_at = now
            return self._everyone

    def outdate(self) -> None:
        """What was read until now holds no longer, nor what is being read."""
        self._outdated_at = time.monotonic()
