"""Which of the owner's data sets fit a task. Samples are counted; only the number leaves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from provider_node.terms import Terms
from provider_node.trainer import CountJob
from provider_node.trainers import Trainers
from weftwork.downloads import resolved
from weftwork.errors import ConfigError, DataError, IntegrityError, NotFoundError
from weftwork.learning.data import LocalData, Schema, Source
from weftwork.ledger.records import TaskDefinition

__all__ = ["Offer", "Offers"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Offer:
    """A data set that fits a task, and how many samples it has."""

    data: LocalData
    samples: int


class Offers:
    """The owner's data sets, tried against tasks; each once with a schema, in the node's life.

    They are read in a worker process: however large they are, the node answers meanwhile, and
    outlives it if memory runs out.
    """

    def __init__(self, data: Sequence[LocalData], trainers: Trainers, store: Path) -> None:
        self._data = data
        self._trainers = trainers
        self._downloads = store / "downloads"
        self.cache = store / "data"
        self._tried: dict[tuple[str, str], Offer | None] = {}
        self._lock = asyncio.Lock()

    async def for_task(self, definition: TaskDefinition) -> AsyncIterator[Offer]:
        """The data sets that fit, in the owner's order; the log says why each other one does not.

        Raises what is no fault of the data (`EnvironmentFaultError`, `DeadlineError`, a download
        that cannot be had now): then nothing is known yet, and it is worth asking again.
        """
        try:
            # In a thread: a model may have to be built to be judged.
            terms = await asyncio.to_thread(Terms.of, definition)
        except ConfigError as error:
            log.warning("not joining", reason=str(error))
            return
        for data in self._data:
            key = (terms.schema.digest, data.name)
            async with self._lock:
                if key not in self._tried:
                    self._tried[key] = await self._try(data, terms.schema)
            if offer := self._tried[key]:
                yield offer

    def named(self, name: str) -> LocalData:
        """The data set that this node joined a task with; `ConfigError` if it is gone."""
        for data in self._data:
            if data.name == name:
                return data
        raise ConfigError(f"this node joined with data set {name!r}, which node.yaml no longer has")

    async def source(self, name: str) -> Source:
        """Where the data set `name` is; what its owner wants downloaded is fetched first."""
        return await asyncio.to_thread(resolved, self.named(name).source, self._downloads)

    async def _try(self, data: LocalData, schema: Schema) -> Offer | None:
        try:
            return Offer(data, await self._count(data, schema))
        except (DataError, ConfigError, IntegrityError, NotFoundError) as error:
            log.warning("data set does not fit", data=data.name, reason=str(error))
        return None

    async def _count(self, data: LocalData, schema: Schema) -> int:
        source = await self.source(data.name)
        job = CountJob(source=source, data_schema=schema, cache=self.cache)
        async with self._trainers.counting() as trainer:
            return (await trainer.count(job)).samples
