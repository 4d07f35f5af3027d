"""Whether a model can be trained on this machine: tried before a task is joined."""

import asyncio

from provider_node.terms import Terms
from provider_node.trainer import InspectJob
from provider_node.trainers import Trainers
from weftwork.learning.errors import ModelError

__all__ = ["Trials"]


class Trials:
    """Models, tried by a worker. Each is tried once in the node's life, for it has one answer."""

    def __init__(self, trainers: Trainers) -> None:
        self._trainers = trainers
        self._answers: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def require(self, terms: Terms, samples: int) -> None:
        """Raise `ModelError` unless a task's model can be trained here, on so many samples.

        What is no fault of the model's is raised too, and worth another try.
        """
        job = self._job(terms, samples)
        asked = job.model_dump_json()
        async with self._lock:
            if asked not in self._answers:
                self._answers[asked] = await self._try(job)
        if problem := self._answers[asked]:
            raise ModelError(problem)

    def _job(self, terms: Terms, samples: int) -> InspectJob:
        processes = self._trainers.means.processes
        return InspectJob(
            model=terms.model,
            data_schema=terms.schema,
            mode=terms.privacy.mode,
            fallback=terms.privacy.fallback,
            single=terms.training.smallest_batch(samples, processes) == 1,
        )

    async def _try(self, job: InspectJob) -> str:
        """What is wrong; empty if nothing is."""
        async with self._trainers.counting() as trainer:
            try:
                await trainer.inspect(job)
            except ModelError as error:
                return str(error)
        return ""
