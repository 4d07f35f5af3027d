"""Child processes that end with us: each in its own group, interrupted, then killed."""

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_TERMINATIONS = (signal.SIGTERM, signal.SIGHUP)

# What a child gets to tidy up after an interrupt before it is killed.
GRACE_SECONDS = 3.0
# A bound on what is kept of a child's output; the end is the part that explains a failure.
_KEPT_LINES = 5000
_LINE_BYTES = 1 << 20


@dataclass(frozen=True)
class Finished:
    """How a child ended: its exit code and the last lines of stdout and stderr, in order."""

    code: int
    lines: tuple[str, ...]


def _ignore(_: str) -> None:
    pass


async def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = _ignore,
) -> Finished:
    """Run to the end, each output line to `on_line`. If we are cancelled, the whole group ends.

    Raises OSError where the command cannot be started at all.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LINE_BYTES,
        # A terminal's Ctrl-C then reaches us alone, and we decide how the children end.
        start_new_session=True,
    )
    try:
        lines = await _follow(child, on_line)
        return Finished(await child.wait(), lines)
    except BaseException:
        await _end_group(child)
        raise


async def _follow(
    child: asyncio.subprocess.Process, on_line: Callable[[str], None]
) -> tuple[str, ...]:
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    assert child.stdout is not None  # noqa: S101 - we asked for the pipe
    async for raw in child.stdout:
        line = raw.decode(errors="replace").rstrip()
        kept.append(line)
        on_line(line)
    return tuple(kept)


async def _end_group(child: asyncio.subprocess.Process) -> None:
    """Interrupt (Go then removes its temporary files), wait a little, kill what is left."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGINT)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await child.wait()
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def together(*steps: Coroutine[Any, Any, T]) -> list[T]:
    """Run all at once; the first failure ends the others and is raised as it is, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in steps]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def run_to_end(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, where a termination or a closed terminal ends the children as Ctrl-C does.

    Raises KeyboardInterrupt for each of the three.
    """

    async def guarded() -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - we are inside one
        if threading.current_thread() is threading.main_thread():
            for number in _TERMINATIONS:
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await main

    # The loop resets what it handled to the system's default; the caller's handlers come back.
    callers = {number: signal.getsignal(number) for number in _TERMINATIONS}
    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in callers.items():
                signal.signal(number, handler)
