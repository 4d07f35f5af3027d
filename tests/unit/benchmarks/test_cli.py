"""The benchmark of the command line runs, and writes the row that it promises."""

import json
from pathlib import Path

import pytest

from benchmarks import cli


def test_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "RUNS", 1)
    monkeypatch.setattr("sys.argv", ["cli", "--json", str(tmp_path / "rows.json")])
    cli.main()
    [row] = json.loads((tmp_path / "rows.json").read_text())["rows"]
    assert (row["name"], row["unit"], row["peer"]) == ("help_seconds", "s", "python -c pass")
    assert row["value"] > row["peer_value"] > 0
    assert capsys.readouterr().out.startswith("help_seconds")
