"""What the node's server asks before it takes or gives an artifact (rules: `entitlement`)."""

import asyncio
from collections.abc import Container
from functools import partial

from provider_node.directory import Directory
from provider_node.entitlement import Asker, came_by, may_take
from provider_node.journal import Journal, Journals
from provider_node.snapshots import Snapshot, Snapshots
from provider_node.view import Me
from weftwork.artifacts import Header, Peer
from weftwork.ledger import Ledger
from weftwork.ledger.records import Round
from weftwork.names import is_name

__all__ = ["TransferPolicy"]

# A refusal is never based on an older view than this: who asks may have seen a newer block.
REFUSAL_SECONDS = 0.05
ANY_AGE = float("inf")


class TransferPolicy:
    """`weftwork.artifacts`' policy."""

    def __init__(
        self,
        me: Me,
        ledger: Ledger,
        directory: Directory,
        snapshots: Snapshots,
        journals: Journals,
        held: Container[str],
    ) -> None:
        self._me = me
        self._held = held
        self._ledger = ledger
        self._directory = directory
        self._snapshots = snapshots
        self._journals = journals

    async def may_push(self, peer: Peer, header: Header) -> bool:
        """Whether `peer` may give us this artifact: what a task of its organisation starts with."""
        if self._me.role != "archive" or peer.msp_id != self._ledger.msp_id:
            return False
        digest = header.artifact.digest
        change = partial(Journal.with_given, digest=digest)
        await asyncio.to_thread(self._journals.change, header.task, change)
        return True

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        """Whether `peer` may have this artifact by right of `task`.

        Never by right of another task: whoever publishes one may name any digest in it. So the
        artifact must have come here by way of this task, as the journal or the ledger says.
        """
        if not is_name(task) or digest not in self._held:
            return False
        journal = await asyncio.to_thread(self._journals.load, task)
        participant = await self._directory.find(peer.msp_id, peer.common_name)
        asker = Asker(peer.msp_id, participant.name if participant else None)
        for age in (ANY_AGE, REFUSAL_SECONDS):
            seen = await self._snapshots.get(task, age)
            rounds = await self._rounds(seen, journal, digest)
            known = journal.knows(digest) or came_by(self._me.name, digest, seen.task, rounds)
            if known and may_take(asker, digest, seen.task, rounds):
                return True
        return False

    async def _rounds(self, seen: Snapshot, journal: Journal, digest: str) -> list[Round]:
        """The newest round, and those that the artifact is known from."""
        if seen.newest is None:
            return []
        numbers = journal.rounds_with(digest) - {seen.newest.round}
        if digest == seen.newest.base.digest and seen.newest.round > 1:
            numbers.add(seen.newest.round - 1)
        older = [await self._ledger.rounds.get(seen.task.id, one) for one in sorted(numbers)]
        return [seen.newest, *older]
