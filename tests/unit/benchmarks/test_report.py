import json
from pathlib import Path

import pytest

from benchmarks.clients import Load, Measured, in_turn
from benchmarks.report import Row, show, write

ROWS = [Row("speed", 3, "ms", "another", 2), Row("alone", 1, "s"), Row("none", 0, "calls", "x", 0)]


def test_the_form_that_every_benchmark_writes(tmp_path: Path) -> None:
    write(tmp_path / "rows.json", ROWS, {"cores": 2})
    assert json.loads((tmp_path / "rows.json").read_text()) == {
        "machine": {"cores": 2},
        "rows": [
            {
                "name": "speed",
                "value": 3,
                "unit": "ms",
                "peer": "another",
                "peer_value": 2,
                "ratio": 1.5,
            },
            {
                "name": "alone",
                "value": 1,
                "unit": "s",
                "peer": None,
                "peer_value": None,
                "ratio": None,
            },
            {
                "name": "none",
                "value": 0,
                "unit": "calls",
                "peer": "x",
                "peer_value": 0,
                "ratio": None,
            },
        ],
    }


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS)
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first.split() == ["speed", "3.00", "ms", "another:", "2.00", "(ratio", "1.50)"]
    assert second.split() == ["alone", "1.00", "s"]


def test_percentiles_and_rate() -> None:
    measured = Measured([float(value) for value in range(1, 102)], failures=1, seconds=2)
    assert (measured.percentile(50), measured.percentile(95)) == (51, 96)
    assert measured.rate == 50.5


class Recorder:
    def __init__(self, name: str, log: list[str]) -> None:
        self._name = name
        self._log = log

    async def run(self, load: Load) -> Measured:
        self._log.append(self._name)
        return Measured([1.0], 0, 1.0)


async def test_clients_take_turns_and_the_warm_up_counts_for_nothing() -> None:
    log: list[str] = []
    clients = [Recorder("a", log), Recorder("b", log)]
    first, second = await in_turn(clients, lambda: Load("submit", "x", []), turns=2, warm_up=1)
    assert log == ["b", "a", "a", "b", "b", "a"]
    assert len(first.latencies) == len(second.latencies) == 2
