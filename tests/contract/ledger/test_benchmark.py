"""The benchmark of the ledger runs, and writes the rows that it promises."""

import json
from pathlib import Path
from unittest.mock import Mock

import pytest

from benchmarks import ledger as benchmark
from benchmarks import report
from network.consortium import Consortium
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Ledger

ROWS = [
    "submit_p50_ms",
    "submit_p95_ms",
    "evaluate_p50_ms",
    "submit_p95_ms_20",
    "tps_20",
    "submit_failures",
]


@pytest.fixture(autouse=True)
def few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in {"IDLE_CALLS": 3, "WARM_UP": 1, "TURNS": 1, "CLIENTS": 4}.items():
        monkeypatch.setattr(benchmark, name, count)


async def test_no_task_stays_open_where_it_fails(
    consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "rows", Mock(side_effect=ValueError("after all was measured")))
    with pytest.raises(ValueError, match="after all was measured"):
        await benchmark.measure(consortium.home)
    async with Ledger.open(load_yaml(consortium.home.requester, Connection)) as ledger:
        assert await benchmark.published(ledger) == []


async def test_the_rows(consortium: Consortium, tmp_path: Path) -> None:
    rows = await benchmark.measure(consortium.home)
    report.write(tmp_path / "rows.json", rows, report.machine())
    written = json.loads((tmp_path / "rows.json").read_text())
    assert [row["name"] for row in written["rows"]] == ROWS
    assert all(row["value"] > 0 and row["peer_value"] > 0 for row in written["rows"][:-1])
    assert written["rows"][-1]["value"] == 0
    assert written["machine"]["cores"] >= 1
