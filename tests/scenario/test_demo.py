"""`python -m demo` itself, in a folder of its own and on free ports, beside the shared network."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from network import topology
from network.sockets import with_free_ports
from tests.scenario.processes import left_behind, processes_of

pytestmark = pytest.mark.xdist_group("demo")  # which has networks of its own

PNG = b"\x89PNG\r\n\x1a\n"
SECONDS = 600  # a guard against hanging: two runs of four organisations share two cores

Demo = subprocess.Popen[str]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "topology.yaml").write_text(with_free_ports(topology.load()).render())
    yield tmp_path
    assert left_behind(tmp_path) == []


def test_the_demo_shows_what_it_says(home: Path) -> None:
    with _demo(home, subprocess.PIPE) as demo:
        printed = demo.communicate(timeout=SECONDS)[0]
    assert demo.returncode == 0, printed
    result = json.loads((home / "demo" / "result.json").read_text())
    assert result["accuracy"] >= 0.9
    assert result["rounds"] == len(result["accuracy_by_round"]) <= 10
    assert max(result["accuracy_alone"].values()) < 0.45
    private = result["private"]
    assert private["accuracy"] >= 0.9
    assert private["rounds"] == len(private["accuracy_by_round"]) <= 40
    assert set(private["epsilon_spent"]) == {"factory1", "factory2", "factory3"}
    assert private["privacy"] == "ddp-sgd: epsilon 8, delta 0.00001, add-or-remove-one sample"
    assert private["privacy_spent"] in printed.replace("\n", " ")
    assert 0 < max(private["epsilon_spent"].values()) <= private["epsilon"] == 8
    assert len(result["transactions"]["commits"]) == result["rounds"]
    assert result["digest"] in printed, "what the other organisation's peer says is shown"
    assert "$ peer chaincode query -C" in printed, "and how anybody can ask it"
    assert (home / "demo" / "accuracy.png").read_bytes().startswith(PNG)


def test_a_leader_that_lies_is_seen_to_lose_its_round(home: Path) -> None:
    with _demo(home, subprocess.PIPE, LIAR="leader") as demo:
        printed = demo.communicate(timeout=SECONDS)[0]
    assert demo.returncode == 0, printed
    [(liar, after)] = re.findall(r"^ *1 +(\w+) +0\.500 -> (0\.\d+) .* 0\.0 % +lied", printed, re.M)
    assert float(after) <= 0.5 - 0.25 + 0.5 / 8, "by the lie, less what its update won back"
    assert f"{liar} will lead" in printed
    # Of the pot, a third of a tenth for its seat, and a twentieth for leading.
    [successor] = re.findall(r"^ *1 +(\w+) +0\.500 -> .* 8\.3 % +took over", printed, re.M)
    assert successor != liar
    at_the_end = printed.rpartition("requester_cli participants")[2]
    [lasting] = re.findall(rf"^{liar} .* (0\.\d+) +ACTIVE", at_the_end, re.M)
    assert float(lasting) != 0.5, "the ended task is part of it"


def _terminate(demo: Demo) -> None:
    demo.terminate()


def _press_ctrl_c(demo: Demo) -> None:
    """A terminal sends it to everything in the foreground."""
    os.killpg(demo.pid, signal.SIGINT)


def _stop_reading_and_terminate(demo: Demo) -> None:
    assert demo.stdout
    demo.stdout.close()
    demo.terminate()


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        pytest.param("orderers and peers: starting", _terminate, id="network-start"),
        pytest.param("round 1 of 10", _press_ctrl_c, id="in-a-round"),
        pytest.param("training each factory", _stop_reading_and_terminate, id="alone"),
    ],
)
def test_an_end_at_any_moment_leaves_no_process(
    home: Path, moment: str, end: Callable[[Demo], None]
) -> None:
    with _demo(home, subprocess.PIPE) as demo:
        assert demo.stdout
        _await(demo.stdout, moment)
        end(demo)
        assert demo.wait(timeout=60) == 130


def test_a_closed_terminal_leaves_no_process(home: Path) -> None:
    ours, theirs = pty.openpty()
    with _demo(home, theirs, "setsid", "--ctty") as demo, os.fdopen(ours) as screen:
        os.close(theirs)
        _await(screen, "requester_cli publish-task")
        running = "\n".join(processes_of(home))
        assert all(f"/{name} " in running for name in ("peer", "orderer", "fabric-ca-server"))
        screen.close()
        assert demo.wait(timeout=60) != 0


def _demo(home: Path, output: int, *wrapper: str, **variables: str) -> Demo:
    """The demo in a session of its own."""
    return subprocess.Popen(
        [*wrapper, sys.executable, "-u", "-m", "demo"],
        env={**os.environ, "COLUMNS": "120", "WEFTWORK_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL if output == subprocess.PIPE else output,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=not wrapper,
    )


def _await(lines: IO[str], words: str) -> None:
    """Read until a line has these words; the test fails if there is none."""
    with suppress(OSError):  # the end of a terminal's output
        for line in lines:
            if words in line:
                return
    pytest.fail(f"the demo did not say: {words}")
