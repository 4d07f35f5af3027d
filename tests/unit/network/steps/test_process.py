import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from network.steps.process import run, run_to_end, together

REPOSITORY = Path(__file__).resolve().parents[4]

# A child with a child of its own, which says both ids and then waits for ever.
FAMILY = ("sh", "-c", "sleep 600 & echo $$ $!; wait")
STUBBORN = ("sh", "-c", "trap '' INT; (trap '' INT; sleep 600) & echo $$ $!; wait; sleep 600")


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # a zombie runs no more; its new parent has yet to collect it


def gone(*processes: int) -> bool:
    """Whether they end within a moment: a killed group is not collected at once."""
    deadline = time.monotonic() + 5
    while any(alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


async def test_lines_come_in_order_with_the_exit_code() -> None:
    told: list[str] = []
    finished = await run(["sh", "-c", "echo one; echo two >&2; exit 3"], on_line=told.append)
    assert finished.code == 3
    assert told == list(finished.lines) == ["one", "two"]


async def test_a_command_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        await run(["/nowhere/at/all"])


@pytest.mark.parametrize("command", [FAMILY, STUBBORN], ids=["obeys", "ignores the interrupt"])
async def test_cancelling_ends_the_whole_group(command: tuple[str, ...]) -> None:
    spoken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(command, on_line=spoken.set_result))
    family = [int(word) for word in (await spoken).split()]
    assert all(alive(process) for process in family)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(*family)


async def test_the_first_failure_ends_the_others_and_comes_bare() -> None:
    ended = asyncio.Event()

    async def patient() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("it failed")

    with pytest.raises(ValueError, match="it failed"):
        await together(patient(), failing())
    assert ended.is_set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_that_ends_us_ends_the_children(number: signal.Signals) -> None:
    script = (
        "from network.steps.process import run, run_to_end\n"
        "try:\n"
        f"    run_to_end(run({FAMILY!r}, on_line=lambda line: print(line, flush=True)))\n"
        "except KeyboardInterrupt:\n"
        "    raise SystemExit(130)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        family = [int(word) for word in parent.stdout.readline().split()]
        assert len(family) == 2
        os.kill(parent.pid, number)
        assert parent.wait(timeout=20) == 130
    assert gone(*family)


def test_the_callers_handler_of_termination_comes_back() -> None:
    async def nothing() -> None:
        pass

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_to_end(nothing())
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)
