"""One running worker, from the node's side: lines out, lines in, and its end."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from pydantic import ValidationError

from provider_node.trainer.protocol import MAX_LINE, REPLY, Booked, Job, Reply
from weftwork.errors import EnvironmentFaultError

# A worker whose stdin has ended exits at once; one that does not is killed.
END_SECONDS = 5


class Worker:
    """A started worker process. Its stderr is the node's own."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Worker":
        """Start it; returns before it is ready."""
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, limit=MAX_LINE
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be given a job, as far as is known."""
        return self._process.returncode is None

    async def send(self, message: Job | Booked) -> None:
        """Write the line of `message`."""
        line = message.model_dump_json().encode() + b"\n"
        if len(line) > MAX_LINE:
            raise EnvironmentFaultError(f"a {message.kind} job of {len(line)} bytes is too long")
        self._stdin.write(line)
        with contextlib.suppress(ConnectionError):  # it died: `reply` says how
            await self._stdin.drain()

    async def reply(self) -> Reply:
        """The next line; `EnvironmentFaultError` if there is none, or it is no reply."""
        try:
            line = await self._stdout.readline()
        except ValueError as error:  # longer than the limit
            raise EnvironmentFaultError("the trainer sent a line that is too long") from error
        if not line:
            raise EnvironmentFaultError(f"the trainer {ending(await self._process.wait())}")
        try:
            return REPLY.validate_json(line)
        except ValidationError as error:
            raise EnvironmentFaultError("the trainer sent a line that is no reply") from error

    async def end(self, *, kill: bool) -> None:
        """End it, with its job if `kill`, and wait until it is gone."""
        self._stdin.close()
        if not kill:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), END_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def ending(status: int) -> str:
    """How a process ended, by its exit status."""
    if status == -9:
        return (
            "was killed; if nobody did, memory ran out: set a smaller physical_batch in node.yaml,"
            " or add memory"
        )
    return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
