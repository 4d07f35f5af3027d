"""The benchmark of aggregation runs, and writes the rows that it promises."""

import json
from pathlib import Path

import pytest

from benchmarks import aggregation


def test_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--updates", "2", "--millions", "1", "--turns", "1", "--folder", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["aggregation", "--json", str(tmp_path / "rows.json"), *small])
    aggregation.main()
    rows = {row["name"]: row for row in json.loads((tmp_path / "rows.json").read_text())["rows"]}
    assert list(rows) == [
        "aggregate_2x1m",
        "aggregate_2x1m_files",
        "aggregate_2x1m_memory",
        *(f"aggregate_2x1m_{rule}" for rule in ("median", "geometric-median", "clipped-mean")),
        "examine_1m",
    ]
    assert rows["aggregate_2x1m"]["peer"] == "reading as many bytes"
    assert all(row["value"] > 0 and row["ratio"] > 0 for row in rows.values())
    assert rows["aggregate_2x1m_memory"]["peer_value"] == pytest.approx(4, rel=0.01)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.json"]
    said = capsys.readouterr().out
    assert "SHA-256 alone" in said
    assert "multi-krum: needs 5 updates, and there are 2: no row" in said
