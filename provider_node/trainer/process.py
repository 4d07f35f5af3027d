"""The node's trainer: one worker process, kept warm, one job at a time."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from provider_node.trainer.judgements import Judged, JudgeJob
from provider_node.trainer.means import Means
from provider_node.trainer.protocol import (
    Aggregated,
    AggregateJob,
    Booked,
    Counted,
    CountJob,
    Evaluated,
    EvaluateJob,
    Failure,
    Inspected,
    InspectJob,
    Job,
    Progress,
    Ready,
    Releasing,
    Result,
    Trained,
    TrainJob,
    error_of,
)
from provider_node.trainer.worker import Worker
from weftwork.errors import DeadlineError, EnvironmentFaultError

R = TypeVar("R", Trained, Aggregated, Evaluated, Judged, Counted, Inspected)

OnProgress = Callable[[Progress], None]
# Pays for what a training is about to release, or raises; takes the digest of its inputs.
Book = Callable[[str], Awaitable[None]]


class TrainerProcess:
    """Runs jobs in a worker that is started when first needed, and again after it died.

    Concurrent calls wait for each other. Cancelling a call kills the worker with its job. A job's
    `output` appears complete or not at all. Every call raises what the job raised in the worker,
    and `EnvironmentFaultError` if the worker died of it. Close it, or use it in `async with`.

    `scratch` is where private folders of a worker's life are made, `kernels` a private folder for
    what it compiles; both are temporary without.
    """

    def __init__(
        self,
        means: Means = Means(),  # noqa: B008 - frozen
        *,
        scratch: Path | None = None,
        kernels: Path | None = None,
        nice: int = 10,
        start_seconds: float = 120,
    ) -> None:
        self._means = means
        self._nice = nice
        self._scratch, self._kernels = scratch, kernels
        self._own: Path | None = None
        self._start_seconds = start_seconds
        self._turn = asyncio.Lock()
        self._worker: Worker | None = None
        self._ready: Ready | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The running worker's process id."""
        return self._worker.pid if self._worker and self._worker.alive else None

    async def warm(self) -> Ready:
        """Start the worker if it does not run; returns once it takes jobs.

        Raises `EnvironmentFaultError` (no such device, it died), `DeadlineError`.
        """
        async with self._turn:
            return (await self._started())[1]

    async def train(
        self, job: TrainJob, on_progress: OnProgress | None = None, book: Book | None = None
    ) -> Trained:
        """Train and leave the weights in `job.output`.

        A private training needs `book`: it goes on once that returns, and ends with what it raises.
        """
        return await self._run_to_file(job, job.output, Trained, on_progress, book)

    async def aggregate(self, job: AggregateJob) -> Aggregated:
        """Aggregate and leave the model in `job.output`."""
        return await self._run_to_file(job, job.output, Aggregated)

    async def evaluate(self, job: EvaluateJob) -> Evaluated:
        """Measure weights on a validation set."""
        return await self._run(job, Evaluated)

    async def judge(self, job: JudgeJob) -> Judged:
        """Judge a round's updates; `WeightsError` for an unusable model, `DataError` for data."""
        return await self._run(job, Judged)

    async def count(self, job: CountJob) -> Counted:
        """Read a data set, all of it, and count its samples; `DataError` where it does not fit."""
        return await self._run(job, Counted)

    async def inspect(self, job: InspectJob) -> Inspected:
        """See whether a model can be trained so; `ModelError` says why not."""
        return await self._run(job, Inspected)

    async def close(self) -> None:
        """End the worker, after the job that it has (cancel the call to end that one now)."""
        async with self._turn:
            await self._end(kill=False)

    async def _run_to_file(
        self,
        job: TrainJob | AggregateJob,
        output: Path,
        expected: type[R],
        on_progress: OnProgress | None = None,
        book: Book | None = None,
    ) -> R:
        partial = output.with_name(f".{output.name}.partial")
        job = job.model_copy(update={"output": partial})
        try:
            result = await self._run(job, expected, on_progress, book)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
        return result

    async def _run(
        self,
        job: Job,
        expected: type[R],
        on_progress: OnProgress | None = None,
        book: Book | None = None,
    ) -> R:
        async with self._turn:
            worker, _ = await self._started()
            try:
                result = await _exchange(worker, job, on_progress, book)
            except BaseException:  # cancelled, dead, confused or unpaid: the next has a new one
                await self._end(kill=True)
                raise
            if isinstance(result, Failure) and result.last:
                await self._end(kill=True)
        if isinstance(result, Failure):
            raise error_of(result)
        if not isinstance(result, expected):
            raise EnvironmentFaultError(f"the trainer answered {result.kind} to {job.kind}")
        return result

    async def _started(self) -> tuple[Worker, Ready]:
        if self._worker and self._worker.alive and self._ready:
            return self._worker, self._ready
        await self._end(kill=True)
        self._worker = await Worker.start(self._command())
        try:
            async with asyncio.timeout(self._start_seconds):
                reply = await self._worker.reply()
            if isinstance(reply, Failure):
                raise error_of(reply)
            if not isinstance(reply, Ready):
                raise EnvironmentFaultError(f"the trainer began with {reply.kind}, not ready")
        except TimeoutError as error:
            await self._end(kill=True)
            raise DeadlineError(
                f"the trainer took more than {self._start_seconds:g} s to start"
            ) from error
        except BaseException:
            await self._end(kill=True)
            raise
        self._ready = reply
        return self._worker, reply

    async def _end(self, *, kill: bool) -> None:
        worker, self._worker, self._ready = self._worker, None, None
        if worker:
            await worker.end(kill=kill)
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)
            self._own = None

    def _command(self) -> list[str]:
        """Of a new worker, whose private folder it makes where it needs one."""
        command = [sys.executable, "-m", "provider_node.trainer", *self._means.arguments()]
        command += ["--nice", str(self._nice)]
        if self._means.processes > 1 or self._means.compiled:
            self._own = Path(tempfile.mkdtemp(prefix="weftwork-", dir=self._scratch))  # 0700
            kernels = self._kernels or self._own / "kernels"
            kernels.mkdir(mode=0o700, exist_ok=True)
            command += ["--meeting", str(self._own / "meeting"), "--kernels", str(kernels)]
        return command


async def _exchange(
    worker: Worker, job: Job, on_progress: OnProgress | None, book: Book | None
) -> Result | Failure:
    await worker.send(job)
    while True:
        match reply := await worker.reply():
            case Progress():
                if on_progress:
                    on_progress(reply)
            case Releasing():
                if book is None:
                    raise EnvironmentFaultError("the trainer would release what nobody pays for")
                await book(reply.inputs)
                await worker.send(Booked())
            case Ready():
                raise EnvironmentFaultError("the trainer started a second time")
            case _:
                return reply
