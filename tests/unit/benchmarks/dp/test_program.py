"""The benchmark of private steps writes the rows that it promises."""

import json
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.dp import __main__ as program
from benchmarks.dp import worker

TINY = ["--models", "mnist-cnn", "--batches", "2", "--others", "vmap"]
TINY += ["--repeats", "1", "--processes", "2"]


def test_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The workers run here, not in processes of their own: torch is imported once."""
    settings, lines = [], list[str]()

    def run(
        what: str,
        options: object,
        model: str,
        batch: int,
        methods: Sequence[str],
        environment: dict[str, str],
    ) -> dict[str, float]:
        settings.append(tuple(environment))
        arguments = ["--model", model, "--batch", str(batch), "--methods", *methods]
        monkeypatch.setattr("sys.argv", ["worker", what, *arguments])
        worker.main()
        *shown, last = capsys.readouterr().out.splitlines()
        lines.extend(shown)
        found: dict[str, float] = json.loads(last)
        return found

    file = tmp_path / "rows.json"
    monkeypatch.setattr(program, "_worker", run)
    monkeypatch.setattr("sys.argv", ["dp", "--json", str(file), *TINY])
    program.main()
    content = json.loads(file.read_text())
    assert {row["name"]: (row["unit"], row["peer"]) for row in content["rows"]} == {
        "dp_step_mnist-cnn_b2": ("s", "plain SGD"),
        "dp_step_mnist-cnn_b2_vmap": ("s", "plain SGD"),
        "dp_step_mnist-cnn_b2_large_malloc": ("s", "plain SGD"),
        "dp_step_mnist-cnn_b2_vmap_large_malloc": ("s", "plain SGD"),
        "dp_memory_mnist-cnn_b2": ("MiB", None),
        "dp_memory_mnist-cnn_b2_vmap": ("MiB", None),
    }
    assert all(row["ratio"] > 0 for row in content["rows"] if row["unit"] == "s")
    assert (content["machine"]["device"], content["machine"]["threads"]) == ("cpu", 1)
    large = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
    assert lines[0].split()[0] == "dp_step_mnist-cnn_b2"
    assert lines[0].endswith(f"({content['rows'][0]['ratio']:.2f} x plain SGD)")
    assert settings == [(), (), (), large, large, large, (), (), ()]


def test_a_worker_is_a_process_with_the_allocator_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["dp", *TINY])
    options = program._options()
    found = program._worker("seconds", options, "mnist-cnn", 2, ["plain"], program.LARGE)
    assert found["plain"] > 0


def test_what_needs_too_much_memory_is_said_and_has_no_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> dict[str, float]:
        methods = arguments[4]
        if "vmap" in str(methods):
            raise subprocess.CalledProcessError(-signal.SIGKILL, "worker")
        return {"plain": 1.0, "ours": 1.2}

    monkeypatch.setattr(program, "_worker", run)
    monkeypatch.setattr("sys.argv", ["dp", *TINY, "--no-memory"])
    names = [row.name for row in program.measure(program._options())]
    assert names == ["dp_step_mnist-cnn_b2", "dp_step_mnist-cnn_b2_large_malloc"]
    said = capsys.readouterr().out
    assert "mnist-cnn_b2 vmap_large_malloc: killed, most likely for want of memory" in said
