"""`python -m demo` itself, in a folder of its own and on free ports, beside the shared network."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from network import topology
from network.sockets import with_free_ports

PNG = b"\x89PNG\r\n\x1a\n"
SECONDS = 280


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "topology.yaml").write_text(with_free_ports(topology.load()).render())
    yield tmp_path
    assert _left_behind(tmp_path) == []


def test_the_demo_shows_what_it_says(home: Path) -> None:
    with _demo(home) as demo:
        printed = demo.communicate(timeout=SECONDS)[0]
    assert demo.returncode == 0, printed
    result = json.loads((home / "demo" / "result.json").read_text())
    assert result["accuracy"] >= 0.9
    assert result["rounds"] == len(result["accuracy_by_round"]) <= 10
    assert max(result["accuracy_alone"].values()) < 0.45
    assert len(result["transactions"]["commits"]) == result["rounds"]
    assert result["digest"] in printed, "what the other organisation's peer says is shown"
    assert (home / "demo" / "accuracy.png").read_bytes().startswith(PNG)


def test_an_interrupt_leaves_no_process(home: Path) -> None:
    with _demo(home) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if "round 1 of 10" in line:
                break
        demo.send_signal(signal.SIGINT)
        rest = demo.communicate(timeout=60)[0]
    assert demo.returncode == 130, rest
    assert "interrupted" in rest


def _demo(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "demo"],
        env={**os.environ, "WEFTWORK_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _left_behind(home: Path) -> list[str]:
    """Command lines that still name the folder, a moment after the end."""
    time.sleep(0.5)
    lines = (_command_line(entry) for entry in Path("/proc").glob("[0-9]*"))
    return [line for line in lines if str(home) in line]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:  # it has just ended
        return ""
