"""What a node computes in a round, by the product's own trainer: training, judging, aggregation."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.governance.signatures import Signer
from benchmarks.governance.tasks import Task
from provider_node.trainer import (
    AggregateJob,
    EvaluateJob,
    JudgeJob,
    Submitted,
    TrainerProcess,
    TrainJob,
    UpdateFile,
)
from weftwork.artifacts import Store
from weftwork.learning.data import dataset_to_bytes
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.weights import initialise

__all__ = ["Desk", "Plan"]

TASK = "benchmark"
JUDGE = "p0"


@dataclass(frozen=True)
class Plan:
    """How large the round is. `sketched` samples are what an update to be judged is made of."""

    providers: int = 10
    samples: int = 1000
    epochs: int = 10
    validation: int = 512
    sketched: int = 320
    turns: int = 5


class Desk:
    """A member of the committee: its trainer, its store, and the round's files in that.

    The updates that it judges are of one epoch on a few samples: what they cost to judge is the
    same, and ten whole trainings would take the time of ten machines.
    """

    def __init__(self, task: Task, plan: Plan, folder: Path, trainer: TrainerProcess) -> None:
        self._task, self._plan, self._folder, self._trainer = task, plan, folder, trainer
        self._store = Store(folder / "store")
        self._base = self._put(initialise(task.spec, seed=1))
        self._validation = self._put(dataset_to_bytes(task.samples(plan.validation, seed=0)))
        self._signers = {f"p{i}": Signer() for i in range(plan.providers)}
        self._updates: dict[str, str] = {}  # digests by provider

    async def train(self) -> float:
        """Seconds of one provider's local training, in a trainer that is warm."""
        begin = time.perf_counter()
        await self._trained(JUDGE, self._plan.samples, self._plan.epochs, seed=100)
        return time.perf_counter() - begin

    async def collect(self) -> Path:
        """Have the updates of all providers; the path of one."""
        for i, name in enumerate(self._signers):
            output = await self._trained(name, self._plan.sketched, 1, seed=i)
            with output.open("rb") as file:
                self._updates[name] = self._store.put(file).digest
        return self._store.path(self._updates[JUDGE])

    async def judge(self) -> tuple[float, int]:
        """Seconds that a member needs from having the updates to its verdicts; how many pass."""
        accepted = 0

        async def once() -> None:
            nonlocal accepted
            self._verify(self._base, *self._updates.values(), self._validation)
            judged = await self._trainer.judge(self._judging())
            accepted = sum(one.verdict == "accepted" for one in judged.verdicts)

        return await self._timed(once), accepted

    async def aggregate(self) -> float:
        """Seconds from the verdicts to the new model in the store, and its measure."""
        return await self._timed(self._aggregate_once)

    async def _aggregate_once(self) -> None:
        self._verify(self._base, *self._updates.values(), self._validation)
        output = self._folder / "aggregate"
        await self._trainer.aggregate(
            AggregateJob(
                model=self._task.spec,
                training=self._training(1),
                base=self._store.path(self._base),
                updates=tuple(
                    UpdateFile(
                        participant=name,
                        path=self._store.path(digest),
                        samples=self._plan.samples,
                    )
                    for name, digest in self._updates.items()
                ),
                participants=self._plan.providers,
                output=output,
            )
        )
        with output.open("rb") as file:
            model = self._store.put(file)
        await self._trainer.evaluate(
            EvaluateJob(
                model=self._task.spec,
                weights=self._store.path(model.digest),
                validation=self._store.path(self._validation),
                data_schema=self._task.schema,
            )
        )

    async def _timed(self, work: Callable[[], Awaitable[None]]) -> float:
        """The median of the turns; a first one warms up."""
        seconds = []
        for _ in range(1 + self._plan.turns):
            begin = time.perf_counter()
            await work()
            seconds.append(time.perf_counter() - begin)
        return statistics.median(seconds[1:])

    async def _trained(self, provider: str, samples: int, epochs: int, seed: int) -> Path:
        source = self._task.source(self._folder / f"data-{seed}.npz", samples, seed)
        job = TrainJob(
            provider=provider,
            model=self._task.spec,
            training=self._training(epochs),
            base=self._store.path(self._base),
            source=source,
            data_schema=self._task.schema,
            seed=seed,
            output=self._folder / f"update-{seed}",
        )
        await self._trainer.train(job)
        return job.output

    def _training(self, epochs: int) -> TrainingParameters:
        asked: dict[str, Any] = {"rounds": 1, "local_epochs": epochs, "batch_size": 32, "seed": 1}
        asked |= {"learning_rate": "0.01", "momentum": "0.9"}
        return TrainingParameters.model_validate(asked)

    def _judging(self) -> JudgeJob:
        return JudgeJob(
            task=TASK,
            round=1,
            judge=JUDGE,
            model=self._task.spec,
            training=self._training(self._plan.epochs),
            base=self._store.path(self._base),
            updates=tuple(
                Submitted(
                    participant=name,
                    path=self._store.path(digest),
                    samples=self._plan.samples,
                    digest=digest,
                    signed=self._signers[name].signed(TASK, 1, digest),
                )
                for name, digest in self._updates.items()
            ),
            validation=self._store.path(self._validation),
            data_schema=self._task.schema,
            seed=1,
        )

    def _verify(self, *digests: str) -> None:
        for digest in digests:
            self._store.verify(digest)

    def _put(self, content: bytes) -> str:
        return self._store.put(BytesIO(content)).digest
