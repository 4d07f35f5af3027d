"""The ledger's part of a round is played by members' own code, and timed step by step."""

from pathlib import Path

from benchmarks.governance import __main__ as benchmark
from benchmarks.governance.transfers import transfer
from network.consortium import Consortium
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Ledger


async def test_a_round_of_four_providers(consortium: Consortium, tmp_path: Path) -> None:
    seconds = await benchmark.follow(consortium, tmp_path, count=4, turns=1)
    assert 0 < seconds < 60
    async with Ledger.open(load_yaml(consortium.home.requester, Connection)) as ledger:
        running = await ledger.tasks.list("RUNNING")
    assert not [task.id for task in running if task.id.startswith("benchmark-")]


async def test_a_transfer(consortium: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "update"
    file.write_bytes(b"an update")
    assert await transfer(consortium.home, file, turns=1) > 0
