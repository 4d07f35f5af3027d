"""What the node's server asks before it takes or gives an artifact (rules: `entitlement`)."""

import asyncio
from collections.abc import Container
from functools import partial

from provider_node.directory import Directory
from provider_node.entitlement import Asker, came_by, may_take, why_not_take_in
from provider_node.journal import Journal, Journals
from provider_node.snapshots import Snapshot, Snapshots
from provider_node.view import Me
from weftwork.artifacts import Header, Kind, Peer
from weftwork.errors import IntegrityError, RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant, Round
from weftwork.names import is_name
from weftwork.signing import verify_update

__all__ = ["TransferPolicy"]

NOT_ENTITLED = "NOT_ENTITLED"
BAD_SIGNATURE = "BAD_SIGNATURE"

# A refusal is never based on an older view than this: who asks may have seen a newer block.
REFUSAL_SECONDS = 0.05
# Updates that a provider may push for one round: the one it submits, and a few it made anew.
MAX_PUSHED = 4
ANY_AGE = float("inf")


class TransferPolicy:
    """`weftwork.artifacts`' policy; a refusal is a `RefusedError` that says why."""

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
        self._pushed: dict[tuple[str, str], tuple[int, set[str]]] = {}

    async def may_push(self, peer: Peer, header: Header) -> bool:
        """Whether `peer` may give us this artifact."""
        if header.kind in {Kind.INITIAL_MODEL, Kind.VALIDATION}:
            return await self._take_in_start(peer, header)
        provider = await self._directory.find(peer.msp_id, peer.common_name)
        if provider is None:
            raise RefusedError(f"{peer} is not registered", NOT_ENTITLED)
        for age in (ANY_AGE, REFUSAL_SECONDS):
            seen = await self._snapshots.get(header.task, age)
            why = why_not_take_in(provider.name, header, self._me.name, seen.task, seen.newest)
            if not why:
                _check_signature(provider, header)
                self._count(provider.name, header)
                await self._note(header)
                return True
        raise RefusedError(why, NOT_ENTITLED)

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

    async def _take_in_start(self, peer: Peer, header: Header) -> bool:
        """Let its own organisation give an archive what a task starts with, and note it."""
        if self._me.role != "archive" or peer.msp_id != self._ledger.msp_id:
            return False
        digest = header.artifact.digest
        change = partial(Journal.with_given, digest=digest)
        await asyncio.to_thread(self._journals.change, header.task, change)
        return True

    async def _note(self, header: Header) -> None:
        """Remember that the update comes here now; of what was here before, nothing is known."""
        digest = header.artifact.digest
        if digest not in self._held:
            change = partial(Journal.with_received, round_number=header.round, digest=digest)
            await asyncio.to_thread(self._journals.change, header.task, change)

    def _count(self, provider: str, header: Header) -> None:
        """Bound what one participant can lay down on the leader's disk in a round."""
        number, digests = self._pushed.get((header.task, provider), (0, set()))
        if number != header.round:
            digests = set()
        if len(digests | {header.artifact.digest}) > MAX_PUSHED:
            raise RefusedError(
                f"{provider} has pushed {MAX_PUSHED} updates for round {header.round}", NOT_ENTITLED
            )
        digests.add(header.artifact.digest)
        self._pushed[(header.task, provider)] = (header.round, digests)

    async def _rounds(self, seen: Snapshot, journal: Journal, digest: str) -> list[Round]:
        """The newest round, and those that the artifact is known from."""
        if seen.newest is None:
            return []
        numbers = journal.rounds_with(digest) - {seen.newest.round}
        if digest == seen.newest.base.digest and seen.newest.round > 1:
            numbers.add(seen.newest.round - 1)
        older = [await self._ledger.rounds.get(seen.task.id, one) for one in sorted(numbers)]
        return [seen.newest, *older]


def _check_signature(provider: Participant, header: Header) -> None:
    try:
        verify_update(
            provider.certificate.encode(),
            header.task,
            header.round,
            header.artifact.digest,
            header.signature,
        )
    except IntegrityError as error:
        raise RefusedError(str(error), BAD_SIGNATURE) from error
