"""The other processes of a training: workers like this one, which do the same jobs beside it.

They are started when first needed, kept warm, and end with this process, as it ends with the node:
when their stdin does. What they lose, the whole training has lost: its processes wait for each
other at every step.
"""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from provider_node.trainer.protocol import REPLY, Failure, Ready, TrainJob
from provider_node.trainer.worker import ending
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.errors import LostMemberError

__all__ = ["VERDICT_SECONDS", "Crew"]

START_SECONDS = 300
# Whoever misses another one lets that one's own failure, or its end, be heard first.
VERDICT_SECONDS = 3


class Crew:
    """Followers, started by `commands` (a device's name, and the arguments of its worker).

    `lost` is called, by a thread, with what one of them failed of, or how it ended.
    """

    def __init__(
        self, commands: Sequence[tuple[str, Sequence[str]]], lost: Callable[[Failure], None]
    ) -> None:
        self._commands = commands
        self._lost = lost
        self._ready = threading.Semaphore(0)
        self._followers: list[subprocess.Popen[bytes]] = []

    def send(self, job: TrainJob) -> None:
        """Give all of them the job; the first time, start them and wait until they are ready."""
        if not self._followers:
            self._start()
        line = job.model_dump_json().encode() + b"\n"
        for process in self._followers:
            assert process.stdin is not None  # noqa: S101 - a pipe was asked for
            with contextlib.suppress(BrokenPipeError):  # it died: its watcher says how
                process.stdin.write(line)
                process.stdin.flush()

    def _start(self) -> None:
        for device, arguments in self._commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "provider_node.trainer", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._followers.append(process)
            watch = threading.Thread(target=self._watch, args=(device, process), daemon=True)
            watch.start()
        for _ in self._followers:
            if not self._ready.acquire(timeout=START_SECONDS):
                raise EnvironmentFaultError(
                    f"the other processes of the training took more than {START_SECONDS} s to start"
                )

    def _watch(self, device: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            reply = REPLY.validate_json(line)
            if isinstance(reply, Ready):
                self._ready.release()
            elif isinstance(reply, Failure):
                if reply.error == LostMemberError.__name__:
                    time.sleep(VERDICT_SECONDS)
                self._lost(reply)
        how = f"a process of the training, on {device}, {ending(process.wait())}"
        self._lost(Failure(error=EnvironmentFaultError.__name__, message=how))
