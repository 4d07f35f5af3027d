"""What a node works with: its disk, the ledger, its trainers, the other nodes."""

import asyncio
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import structlog

from provider_node.budgets import Admission, Budgets
from provider_node.config import NodeConfig
from provider_node.consent import PolicyFile
from provider_node.directory import Directory
from provider_node.journal import Journal, Journals
from provider_node.memories import Memories
from provider_node.offers import Offer, Offers
from provider_node.overlaps import overlap_warning
from provider_node.snapshots import Snapshots
from provider_node.terms import Terms
from provider_node.trainers import Trainers
from provider_node.trials import Trials
from provider_node.view import Me
from weftwork.artifacts import ArtifactClient, Store
from weftwork.errors import RefusedError
from weftwork.learning.errors import ModelError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Artifact, SubmittedUpdate, Task

__all__ = ["Site"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Site:
    """The tools of one node. Steps use them; nothing here decides."""

    config: NodeConfig
    me: Me
    ledger: Ledger
    directory: Directory
    snapshots: Snapshots
    store: Store
    journals: Journals
    scratch: Path
    client: ArtifactClient
    trainers: Trainers
    offers: Offers
    trials: Trials
    budgets: Budgets
    memories: Memories
    policy: PolicyFile

    @property
    def held(self) -> Container[str]:
        """The digests of the artifacts in the store."""
        return _Held(self.store)

    async def suits(self, task: Task) -> bool:
        """Whether this node can do what the task asks; tried before it joins only."""
        if self.me.role != "provider" or task.state != "PUBLISHED":
            return True
        if any(one.participant == self.me.name for one in task.joined):
            return True
        return await self.admission(task) is not None

    async def admission(self, task: Task) -> Admission | None:
        """What this node can join `task` with; None where it cannot, and the log says why.

        Raises `RefusedError` while the policy cannot be read: then it is worth asking again.
        """
        if refusal := await asyncio.to_thread(self.policy.refusal, task):
            log.warning("not joining", task=task.id, reason=refusal)
            return None
        async for offer in self.offers.for_task(task.definition):
            if admission := await self._admission(task, offer):
                return admission
        return None

    async def _admission(self, task: Task, offer: Offer) -> Admission | None:
        data = offer.data
        terms = await asyncio.to_thread(Terms.of, task.definition)
        try:
            admission = await asyncio.to_thread(
                self.budgets.admit, task.id, terms, data.name, offer.samples
            )
            await self.trials.require(terms, offer.samples)
        except (RefusedError, ModelError) as error:
            log.warning("not joining", task=task.id, data=data.name, reason=str(error))
            return None
        if warning := overlap_warning(data.source, terms.privacy.mode):
            log.warning("less is protected", task=task.id, data=data.name, reason=warning)
        return admission

    async def note(self, task: str, change: Callable[[Journal], Journal]) -> None:
        """Change the task's journal; the change is on the disk when this returns."""
        await asyncio.to_thread(self.journals.change, task, change)

    async def verify(self, *artifacts: Artifact | SubmittedUpdate) -> None:
        """Read these artifacts, which are here, before something is built on them.

        Raises `IntegrityError` for one that is damaged; it is forgotten, and so owed anew.
        """
        for artifact in artifacts:
            await asyncio.to_thread(self.store.verify, artifact.digest)

    @contextmanager
    def scratch_file(self) -> Iterator[Path]:
        """A path to write what is not checked yet; removed afterwards."""
        path = self.scratch / token_hex(8)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def keep(self, path: Path) -> Artifact:
        """Put the file `path` into the store."""
        return await asyncio.to_thread(self._keep, path)

    def _keep(self, path: Path) -> Artifact:
        with path.open("rb") as file:
            return self.store.put(file)


@dataclass(frozen=True)
class _Held:
    store: Store

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, str) and self.store.has(digest)
