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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from provider_node.trainer.crew import Crew
from provider_node.trainer.means import Means
from provider_node.trainer.protocol import (
    JOB,
    MAX_LINE,
    Booked,
    Failure,
    Job,
    Ready,
    Releasing,
    Result,
    failure_of,
)
from provider_node.trainer.replies import Replies
from weftwork.errors import DefectError, EnvironmentFaultError, WeftworkError

if TYPE_CHECKING:
    from provider_node.trainer.tools import Tools

log = logging.getLogger("trainer")


def main() -> None:
    """Say `Ready`, then do one job after another until stdin ends."""
    arguments = _arguments()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the node's, which ends us in order
    logging.basicConfig(stream=sys.stderr, format="trainer: %(levelname)s: %(message)s")
    os.nice(arguments.nice)  # the node's server answers first
    replies = Replies()
    lines = _lines()
    try:
        ready, tools = _prepare(arguments, replies)
        perform = _performing(tools, replies, lines)
    except WeftworkError as error:
        replies.say(failure_of(error))
        sys.exit(error.exit_code)
    replies.say(ready)
    while True:
        line = lines.get()
        replies.owe()
        answer = _answer(line, perform)
        if isinstance(answer, Failure) and tools.broken:
            replies.give_up(answer)
        replies.answer(answer)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="provider_node.trainer", description=__doc__)
    parser.add_argument("--device", default="cpu", help="auto, cpu, mps, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch finds right")
    parser.add_argument("--processes", type=int, default=1, help="that train together")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--compiled", action="store_true", help="by torch.compile")
    parser.add_argument("--physical-batch", type=int, help="samples at once at most")
    parser.add_argument("--nice", type=int, default=0, help="added to the process's niceness")
    parser.add_argument("--rank", type=int, default=0, help="of a follower, from 1 on")
    parser.add_argument("--kernels", type=Path, help="private folder for what is compiled")
    parser.add_argument("--meeting", type=Path, help="private file where the processes meet")
    return parser.parse_args()


def _lines() -> "queue.Queue[bytes]":
    """The node's lines, read by a thread that ends the process with stdin, even in mid-training."""
    lines: queue.Queue[bytes] = queue.Queue(maxsize=1)

    def read() -> None:
        while line := sys.stdin.buffer.readline(MAX_LINE):
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _prepare(arguments: argparse.Namespace, replies: Replies) -> tuple[Ready, "Tools"]:
    """Import torch (seconds) and settle device and threads, so that no job waits for it."""
    _set_environment(arguments)
    import torch

    from provider_node.trainer.tools import Tools
    from weftwork.learning.device import devices, resolve

    asked = Means(
        arguments.device,
        arguments.threads or torch.get_num_threads(),
        arguments.processes,
        arguments.precision,
        arguments.compiled,
        arguments.physical_batch,
    )
    if arguments.rank:  # a follower: the leader has chosen its device, and its share of threads
        chosen, means, crew = [resolve(asked.device)], asked, None
    else:
        chosen = devices(asked.device, asked.processes)
        means = replace(asked, threads=max(1, asked.threads // asked.processes))
        crew = _crew(arguments, means, chosen, replies)
    if arguments.threads or asked.processes > 1:
        torch.set_num_threads(means.threads)
    tools = Tools(means, chosen[0], arguments.rank, arguments.meeting, crew)
    names = ", ".join(dict.fromkeys(chosen))
    threads = torch.get_num_threads()
    return Ready(torch=torch.__version__, device=names, threads=threads), tools


def _set_environment(arguments: argparse.Namespace) -> None:
    """What libraries read of it when they are loaded."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS: the same bits each time
    # Threads that spin while they wait for each other stand still on a machine with other work:
    # measured a hundred times slower on two busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    loopback = "lo0" if sys.platform == "darwin" else "lo"  # nobody else's network hears of it
    os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = loopback
    if arguments.kernels:  # by default it is a folder of /tmp that anybody could have made before
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(arguments.kernels)
        os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # and no processes of its own


def _crew(
    arguments: argparse.Namespace, means: Means, devices: list[str], replies: Replies
) -> Crew | None:
    """The followers, which are started later; None where this process trains alone."""
    if len(devices) == 1:
        return None
    places = ["--meeting", str(arguments.meeting)]
    places += ["--kernels", str(arguments.kernels)] if arguments.kernels else []
    commands = [
        (device, [*replace(means, device=device).arguments(), "--rank", str(rank), *places])
        for rank, device in enumerate(devices)
        if rank
    ]
    return Crew(commands, replies.give_up)


def _performing(
    tools: "Tools", replies: Replies, lines: "queue.Queue[bytes]"
) -> Callable[[Job], Result]:
    from provider_node.trainer import jobs

    say, book = replies.say, partial(_book, replies, lines)
    return partial(jobs.perform, tools=tools, say=say, book=book)


def _answer(line: bytes, perform: Callable[[Job], Result]) -> Result | Failure:
    """The last line of a job: its result, or why there is none."""
    try:
        return perform(JOB.validate_json(line))
    except WeftworkError as error:
        return failure_of(error)
    except OSError as error:
        return failure_of(EnvironmentFaultError(f"the trainer: {error}"))
    except ValidationError as error:
        return Failure(error="WeftworkError", message=f"the trainer: not a job: {error}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the node is to hear of it
        return failure_of(_unforeseen(error))


def _unforeseen(error: Exception) -> WeftworkError:
    """What no part of the trainer expects: of this machine, or else of the program.

    Where it happened is logged, and not its message: that may quote the data.
    """
    import torch

    from weftwork.learning.physical import ran_out_of_memory

    if ran_out_of_memory(error):
        return EnvironmentFaultError("the trainer: out of memory; free some, or add more")
    kind, places = type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
    log.error("a job failed: %s\n%s", kind, places)
    if isinstance(error, torch.AcceleratorError):  # another time it may work
        return EnvironmentFaultError("the trainer: the device failed; the log says where")
    return DefectError(
        f"the trainer: {kind}, raised by the model or by Weftwork; the log says where (its message"
        " is left out, for it may quote data): if that is in the model's package, mend the model"
        " and publish it as a new version; else report it"
    )


def _book(replies: Replies, lines: "queue.Queue[bytes]", inputs: str) -> None:
    """Tell the node what is to be released; returns once that is paid for."""
    replies.say(Releasing(inputs=inputs))
    Booked.model_validate_json(lines.get())


if __name__ == "__main__":
    main()
