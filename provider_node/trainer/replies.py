"""A worker's way back to whoever started it: one reply a line, from any thread."""

import os
import threading
from typing import NoReturn

from provider_node.trainer.protocol import Failure, Reply, Result

__all__ = ["Replies"]


class Replies:
    """The process's real stdout; whatever else prints from now on, prints to stderr."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._owed = False

    def say(self, reply: Reply) -> None:
        """One line."""
        with self._lock:
            self._write(reply)

    def owe(self) -> None:
        """A job has come: someone waits for its answer."""
        with self._lock:
            self._owed = True

    def answer(self, answer: Result | Failure) -> None:
        """The job's last line."""
        with self._lock:
            self._owed = False
            self._write(answer)

    def give_up(self, failure: Failure) -> NoReturn:
        """End this process, at once; who waits for an answer hears why."""
        with self._lock:
            if self._owed:
                self._write(failure.model_copy(update={"last": True}))
            os._exit(1)

    def _write(self, reply: Reply) -> None:
        try:
            self._stream.write(reply.model_dump_json().encode() + b"\n")
            self._stream.flush()
        except BrokenPipeError:  # the node was killed: nobody is left to hear of it
            os._exit(0)
