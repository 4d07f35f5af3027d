"""What a worker does its jobs with. Imports torch: only the worker imports this module."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from provider_node.trainer.crew import VERDICT_SECONDS, Crew
from provider_node.trainer.means import Means
from provider_node.trainer.protocol import TrainJob
from weftwork.learning.errors import LostMemberError
from weftwork.learning.training import ALONE, Execution, Group, join

__all__ = ["Tools"]


@dataclass
class Tools:
    """This process's `device`, and its place among those that train together.

    `meeting` is the file by which they find each other, `crew` the leader's followers. Once a
    training of several has failed, the tools are `broken`: who is where in it nobody knows.
    """

    means: Means
    device: str
    rank: int = 0
    meeting: Path | None = None
    crew: Crew | None = None
    broken: bool = False

    @contextmanager
    def together(self, job: TrainJob) -> Iterator[Execution]:
        """How `job` is to be trained; meanwhile the followers do the same."""
        if self.crew is None:
            yield self._execution
            return
        try:
            self.crew.send(job)
            yield self._execution
        except LostMemberError:
            self.broken = True
            time.sleep(VERDICT_SECONDS)
            raise
        except BaseException:
            self.broken = True
            raise

    @property
    def _execution(self) -> Execution:
        means = self.means
        return Execution(self._group, means.precision, means.compiled, means.physical_batch)

    @cached_property
    def _group(self) -> Group:
        """Joined at the first training, when all are there."""
        if self.means.processes == 1 or self.meeting is None:
            return ALONE
        with _silent():
            return join(self.rank, self.means.processes, self.device, self.meeting)


@contextmanager
def _silent() -> Iterator[None]:
    """Without what gloo prints of its connections, on a stdout that is not the worker's."""
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
