"""What models are worth to the owner alone: on the part of its data that is not trained on.

With clients as unlike each other as factories, this and the accuracy on the task's validation data
are two different things (a strategy may raise one and lower the other), so both are measured.
"""

import logging
from dataclasses import dataclass
from typing import Self

from torch import nn

from provider_node.trainer.protocol import Personal, TrainJob, failure_of
from weftwork.errors import WeftworkError
from weftwork.learning.data import Dataset, load
from weftwork.learning.training import evaluate

__all__ = ["HeldOut"]

log = logging.getLogger("trainer")


@dataclass(frozen=True)
class HeldOut:
    """The samples that were held out, and the received model's score on them.

    `physical_batch`: how many samples are worked on at once at most.
    """

    dataset: Dataset
    job: TrainJob
    physical_batch: int | None
    received_ppm: int

    @classmethod
    def of(cls, job: TrainJob, received: nn.Module, physical_batch: int | None) -> Self | None:
        """None where nothing is held out, or it cannot be read: no reason not to train."""
        if job.held_out is None:
            return None
        try:
            dataset = load(job.held_out, job.data_schema, job.cache)
        except WeftworkError as error:
            said = failure_of(error).message  # without values of the data: this is the node's log
            log.warning("nothing is measured on the held-out part: %s", said)
            return None
        received_ppm = _score(received, dataset, job, physical_batch)
        return cls(dataset, job, physical_batch, received_ppm)

    def with_own(self, trained: nn.Module) -> Personal:
        """Both models' scores; `trained` is what this node uploads."""
        return Personal(
            samples=len(self.dataset),
            received_ppm=self.received_ppm,
            own_ppm=_score(trained, self.dataset, self.job, self.physical_batch),
        )


def _score(model: nn.Module, dataset: Dataset, job: TrainJob, physical_batch: int | None) -> int:
    objective = job.data_schema.objective
    return evaluate(model, dataset, objective, physical_batch=physical_batch).accuracy_ppm
