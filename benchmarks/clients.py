"""Two Gateway clients under the same load, each timed inside its own process."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.node_client import NodeClient
from weftwork.config import Connection
from weftwork.ledger import Contract, GatewayError

__all__ = ["Client", "Load", "Measured", "OfficialClient", "OwnClient", "in_turn"]


@dataclass(frozen=True)
class Load:
    """Calls of a transaction: for each loop that runs at once, the arguments of each call."""

    kind: str  # "submit" or "evaluate"
    transaction: str
    calls: list[list[list[str]]]


@dataclass
class Measured:
    """Milliseconds of each call that succeeded, how many failed, and the seconds of them all."""

    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    seconds: float = 0

    def add(self, other: "Measured") -> None:
        """Take in another turn."""
        self.latencies += other.latencies
        self.failures += other.failures
        self.seconds += other.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many per cent of the calls returned."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]

    @property
    def rate(self) -> float:
        """Successful calls a second."""
        return len(self.latencies) / self.seconds


class Client(Protocol):
    """Carries out a load."""

    async def run(self, load: Load) -> Measured:
        """All loops of `load` at once."""


class OwnClient:
    """`weftwork.ledger`."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    async def run(self, load: Load) -> Measured:
        """All loops of `load` at once."""
        call: Callable[..., Awaitable[bytes]] = (
            self._contract.evaluate if load.kind == "evaluate" else self._contract.submit
        )
        measured = Measured()

        async def loop(calls: list[list[str]]) -> None:
            for arguments in calls:
                begin = time.perf_counter()
                try:
                    await call(load.transaction, *arguments)
                except GatewayError:
                    measured.failures += 1
                else:
                    measured.latencies.append((time.perf_counter() - begin) * 1000)

        begin = time.perf_counter()
        await asyncio.gather(*(loop(calls) for calls in load.calls))
        measured.seconds = time.perf_counter() - begin
        return measured


class OfficialClient:
    """`@hyperledger/fabric-gateway` on Node."""

    def __init__(self, node: NodeClient, connection: Connection, contract: str) -> None:
        self._node = node
        self._target = {
            "channel": connection.channel,
            "chaincode": connection.chaincode,
            "contract": contract,
        }

    async def run(self, load: Load) -> Measured:
        """All loops of `load` at once."""
        request = {"kind": load.kind, "transaction": load.transaction, "calls": load.calls}
        answer = await asyncio.to_thread(
            lambda: self._node.call("measure", **self._target, **request)
        )
        return Measured(answer["latencies"], answer["failures"], answer["milliseconds"] / 1000)


async def in_turn(
    clients: Sequence[Client], load: Callable[[], Load], turns: int, warm_up: int
) -> list[Measured]:
    """What each client measured over `turns` loads of its own, one client at a time.

    The first `warm_up` turns count for nothing. Who begins changes with each turn, so that neither
    always comes after the other.
    """
    totals = [Measured() for _ in clients]
    for turn in range(warm_up + turns):
        order = range(len(clients)) if turn % 2 else reversed(range(len(clients)))
        for index in order:
            measured = await clients[index].run(load())
            if turn >= warm_up:
                totals[index].add(measured)
    return totals
