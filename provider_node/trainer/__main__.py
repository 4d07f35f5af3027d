"""`python -m provider_node.trainer`: the worker. The node's lines on stdin, replies on stdout.

It ends when its stdin does: a node that dies, in whatever way, leaves no trainer behind.
"""

import argparse
import logging
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from pydantic import ValidationError

from provider_node.trainer.protocol import (
    JOB,
    MAX_LINE,
    Booked,
    Failure,
    Job,
    Ready,
    Releasing,
    Reply,
    Result,
    failure_of,
)
from weftwork.errors import EnvironmentFaultError, WeftworkError

log = logging.getLogger("trainer")


def main() -> None:
    """Say `Ready`, then do one job after another until stdin ends."""
    arguments = _arguments()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the node's, which ends us in order
    logging.basicConfig(stream=sys.stderr, format="trainer: %(levelname)s: %(message)s")
    os.nice(arguments.nice)  # the node's server answers first
    replies = _own_stdout()
    lines = _lines()
    try:
        ready, perform = _prepare(arguments.device, arguments.threads, replies, lines)
    except WeftworkError as error:
        _say(replies, failure_of(error))
        sys.exit(error.exit_code)
    _say(replies, ready)
    while True:
        _say(replies, _answer(lines.get(), perform))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="provider_node.trainer", description=__doc__)
    parser.add_argument("--device", default="cpu", help="auto, cpu, mps, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch finds right")
    parser.add_argument("--nice", type=int, default=0, help="added to the process's niceness")
    return parser.parse_args()


def _own_stdout() -> BinaryIO:
    """The real stdout for replies; whatever else prints, prints to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _lines() -> "queue.Queue[bytes]":
    """The node's lines, read by a thread that ends the process with stdin, even in mid-training."""
    lines: queue.Queue[bytes] = queue.Queue(maxsize=1)

    def read() -> None:
        while line := sys.stdin.buffer.readline(MAX_LINE):
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _prepare(
    device: str, threads: int, replies: BinaryIO, lines: "queue.Queue[bytes]"
) -> tuple[Ready, Callable[[Job], Result]]:
    """Import torch (seconds) and settle device and threads, so that no job waits for it."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS: the same bits each time
    # Threads that spin while they wait for each other stand still on a machine with other work:
    # measured a hundred times slower on two busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from provider_node.trainer import jobs
    from weftwork.learning.device import resolve

    if threads:
        torch.set_num_threads(threads)
    chosen = resolve(device)
    ready = Ready(torch=torch.__version__, device=chosen, threads=torch.get_num_threads())
    say, book = partial(_say, replies), partial(_book, replies, lines)
    return ready, partial(jobs.perform, device=chosen, say=say, book=book)


def _answer(line: bytes, perform: Callable[[Job], Result]) -> Result | Failure:
    """The last line of a job: its result, or why there is none."""
    try:
        return perform(JOB.validate_json(line))
    except WeftworkError as error:
        return failure_of(error)
    except (OSError, MemoryError) as error:
        return failure_of(EnvironmentFaultError(f"the trainer: {error or 'out of memory'}"))
    except ValidationError as error:
        return Failure(error="WeftworkError", message=f"the trainer: not a job: {error}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the node is to hear of it
        # Where it happened, and not its message: that may quote the data.
        kind, places = type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
        log.error("a job failed: %s\n%s", kind, places)
        return Failure(error="WeftworkError", message=f"the trainer: {kind}; the log says where")


def _book(replies: BinaryIO, lines: "queue.Queue[bytes]", inputs: str) -> None:
    """Tell the node what is to be released; returns once that is paid for."""
    _say(replies, Releasing(inputs=inputs))
    Booked.model_validate_json(lines.get())


def _say(replies: BinaryIO, reply: Reply) -> None:
    replies.write(reply.model_dump_json().encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
