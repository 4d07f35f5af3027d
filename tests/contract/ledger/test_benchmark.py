"""The benchmark of the ledger runs, and writes the rows that it promises."""

import json
from pathlib import Path

import pytest

from benchmarks import ledger as benchmark
from benchmarks import report
from network.consortium import Consortium

ROWS = [
    "submit_p50_ms",
    "submit_p95_ms",
    "evaluate_p50_ms",
    "submit_p95_ms_20",
    "tps_20",
    "submit_failures",
]


async def test_the_rows(
    consortium: Consortium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, count in {"IDLE_CALLS": 3, "WARM_UP": 1, "TURNS": 1, "CLIENTS": 4}.items():
        monkeypatch.setattr(benchmark, name, count)
    rows = await benchmark.measure(consortium.home)
    report.write(tmp_path / "rows.json", rows, report.machine())
    written = json.loads((tmp_path / "rows.json").read_text())
    assert [row["name"] for row in written["rows"]] == ROWS
    assert all(row["value"] > 0 and row["peer_value"] > 0 for row in written["rows"][:-1])
    assert written["rows"][-1]["value"] == 0
    assert written["machine"]["cores"] >= 1
