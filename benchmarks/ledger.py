"""How fast the ledger is: submit to commit, and evaluate, beside Fabric's official Node client.

    python -m benchmarks.ledger [--json FILE] [--home FOLDER]

Each submission publishes a task (`Tasks:Publish`: endorsed by a majority of the organisations,
ordered, committed, its status learned); each evaluation reads one. The two clients take turns on
the same network: one call each while it is idle, then 20 loops at once of each. `--home` names the
state folder of a consortium that runs already; without it, one is started for the time.

Rows: submit_p50_ms, submit_p95_ms, evaluate_p50_ms (50 calls on an idle network, after a warm-up),
submit_p95_ms_20 and tps_20 (20 concurrent clients), submit_failures (of both).
"""

import argparse
import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import report
from benchmarks.clients import Client, Load, Measured, OfficialClient, OwnClient, in_turn
from benchmarks.node_client import NodeClient
from benchmarks.report import Row
from network import binaries, topology
from network.chaincode_build import build_chaincode
from network.consortium import Consortium
from network.layout import Home
from network.sockets import with_free_ports
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Ledger
from weftwork.ledger.records import TaskDefinition

PEER = "fabric-gateway (Node)"
REPOSITORY = Path(__file__).parents[1]

WARM_UP = 5
IDLE_CALLS = 50
CLIENTS = 20
TURNS = 3
CALLS_A_TURN = 5  # of each concurrent client

PREFIX = "benchmark-"
_DIGEST = "0" * 64
_DEFINITION = TaskDefinition.model_validate(
    {
        "title": "Benchmark",
        "description": "Published to be measured; nobody has data of this schema.",
        "model": {"name": "mlp"},
        "initial_model": {"digest": _DIGEST, "size": 1},
        "training": {"rounds": 1},
        "data": {"schema": {"benchmark": True}, "schema_digest": _DIGEST},
        "participants": {"min": 2, "max": 3, "join_seconds": 1},
        "round_seconds": 1,
        "archive": "requester",
    }
).to_json()


def publications(clients: int, repetitions: int) -> Load:
    """Of a new task each."""
    names = [
        [f"{PREFIX}{secrets.token_hex(8)}" for _ in range(repetitions)] for _ in range(clients)
    ]
    return Load("submit", "Publish", [[[name, _DEFINITION, "[]"] for name in row] for row in names])


async def measure(home: Home) -> list[Row]:
    """The rows, measured on the consortium in `home`."""
    connection = load_yaml(home.requester, Connection)
    async with Ledger.open(connection) as ledger:
        await register(home, ledger)
        try:
            with NodeClient(connection) as node:
                return await compare(ledger, connection, node)
        finally:
            await cancel(ledger)


async def compare(ledger: Ledger, connection: Connection, node: NodeClient) -> list[Row]:
    """The rows, from the two clients in turn; the tasks that they publish stay open."""
    own = OwnClient(ledger.network.contract(connection.chaincode, "Tasks"))
    clients: list[Client] = [own, OfficialClient(node, connection, "Tasks")]
    idle = await in_turn(clients, lambda: publications(1, 1), IDLE_CALLS, WARM_UP)
    task = (await published(ledger))[0]
    query = Load("evaluate", "Get", [[[task]]])
    queries = await in_turn(clients, lambda: query, IDLE_CALLS, WARM_UP)
    busy = await in_turn(clients, lambda: publications(CLIENTS, CALLS_A_TURN), TURNS, warm_up=1)
    return rows(idle, queries, busy)


def rows(idle: list[Measured], queries: list[Measured], busy: list[Measured]) -> list[Row]:
    """Each list holds our figures, then the peer's."""

    def failures(client: int) -> int:
        return idle[client].failures + busy[client].failures

    return [
        latency("submit_p50_ms", idle, 50),
        latency("submit_p95_ms", idle, 95),
        latency("evaluate_p50_ms", queries, 50),
        latency("submit_p95_ms_20", busy, 95),
        Row("tps_20", busy[0].rate, "1/s", PEER, busy[1].rate),
        Row("submit_failures", failures(0), "calls", PEER, failures(1)),
    ]


def latency(name: str, measured: list[Measured], percent: int) -> Row:
    """A row of that percentile."""
    own, peer = (one.percentile(percent) for one in measured)
    return Row(name, own, "ms", PEER, peer)


async def register(home: Home, ledger: Ledger) -> None:
    """Have the requester and its archive on the ledger, as publishing a task asks for."""
    node = load_yaml(home.site("requester").identity("node").connection, Connection)
    known = {participant.common_name for participant in await ledger.participants.list()}
    async with Ledger.open(node) as archive:
        if archive.common_name not in known:
            await archive.participants.register("requester", "localhost:1")
    if ledger.common_name not in known:
        await ledger.participants.register(ledger.common_name)


async def published(ledger: Ledger) -> list[str]:
    """The names of this benchmark's open tasks."""
    tasks = await ledger.tasks.list("PUBLISHED")
    return [task.id for task in tasks if task.id.startswith(PREFIX)]


async def cancel(ledger: Ledger) -> None:
    """Leave no task open behind."""
    names = await published(ledger)
    for start in range(0, len(names), CLIENTS):
        some = names[start : start + CLIENTS]
        await asyncio.gather(*(ledger.tasks.cancel(name, "measured") for name in some))


@contextmanager
def consortium(folder: Path | None) -> Iterator[Home]:
    """The one that runs with its state in `folder`, or a new one for the time."""
    if folder is not None:
        yield Home(folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        free = with_free_ports(topology.load())
        with Consortium(Path(temporary), binaries.ensure(), free) as network:
            network.up(build_chaincode(REPOSITORY / "chaincode"), nodes=False)
            yield network.home


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Speed of the ledger and of its client.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="of a consortium that runs")
    options = parser.parse_args()
    machine = report.machine()
    with consortium(options.home) as home:
        measured = asyncio.run(measure(home))
    report.show(measured)
    if options.json:
        report.write(options.json, measured, machine)


if __name__ == "__main__":
    main()
