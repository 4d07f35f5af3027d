"""The examples of docs/reference/ledger-client.md run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

from network.consortium import Consortium

EXAMPLES = Path(__file__).parents[3] / "examples" / "ledger"


def run(consortium: Consortium, name: str, *arguments: str) -> list[str]:
    """The lines that an example prints."""
    example = str(EXAMPLES / f"{name}.py")
    command = [sys.executable, "-W", "error", example, str(consortium.home.requester), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_submit(consortium: Consortium) -> None:
    lines = run(consortium, "submit")
    assert lines[0] in ("submitted: recorded", "submitted: already-recorded")
    assert lines[1] == "again: already-recorded"
    assert lines[2].endswith("is VALID")
    assert lines[3] == "recorded: requester.requester of RequesterMSP"
    assert lines[4].startswith("refused: INVALID_ARGUMENT: ")


def test_follow_events(consortium: Consortium, tmp_path: Path) -> None:
    run(consortium, "submit")
    position = str(tmp_path / "position")
    (first,) = run(consortium, "follow_events", position, "1")
    assert first.startswith("block ")
    assert ": weftwork.v1." in first
    assert (tmp_path / "position").exists()


def test_sign_elsewhere(consortium: Consortium) -> None:
    (line,) = run(consortium, "sign_elsewhere")
    assert line.endswith("is VALID")


def test_script(consortium: Consortium) -> None:
    tasks, channel = run(consortium, "script")
    assert tasks.startswith("tasks: ")
    assert channel == "channel: weftwork"


def test_follow_tasks(consortium: Consortium) -> None:
    run(consortium, "submit")
    lines = run(consortium, "follow_tasks")
    assert lines[0] == "I am requester.requester of RequesterMSP"
    assert "participant requester.requester: requester of RequesterMSP" in lines
    assert lines[-1].startswith("not found: ")


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_the_reference_names_every_example(example: Path) -> None:
    reference = EXAMPLES.parents[1] / "docs" / "reference" / "ledger-client.md"
    assert f"examples/ledger/{example.name}" in reference.read_text("utf-8")
