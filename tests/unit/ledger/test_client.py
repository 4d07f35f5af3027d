"""Calls of a gateway that is not one: who is connected to, and how long a call waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from fabric_protos.gateway import gateway_pb2

from tests.unit.ledger.certificates import new_key, self_signed
from weftwork.ledger import Deadlines, EvaluateError, TlsOptions
from weftwork.ledger.client import GatewayClient

REQUEST = gateway_pb2.EvaluateRequest()


class Silent:
    """A server that accepts, says nothing, and counts who came."""

    def __init__(self) -> None:
        self.connections = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield f"localhost:{server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.read()
        writer.close()


@asynccontextmanager
async def client_of(endpoint: str, deadlines: Deadlines) -> AsyncIterator[GatewayClient]:
    client = GatewayClient(endpoint, TlsOptions(self_signed(new_key())), deadlines)
    try:
        yield client
    finally:
        await client.close()


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_grpc_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    peer, proxy = Silent(), Silent()
    async with proxy.listening() as elsewhere, peer.listening() as endpoint:
        for name in ("grpc_proxy", "https_proxy", "http_proxy"):
            monkeypatch.setenv(name, f"http://{elsewhere}")
        async with client_of(endpoint, Deadlines(evaluate=0.5)) as client:
            with pytest.raises(EvaluateError):
                await client.evaluate(REQUEST, None)
    assert (peer.connections > 0, proxy.connections) == (True, 0)


async def test_a_deadline_of_nothing_is_over_at_once() -> None:
    async with (
        Silent().listening() as endpoint,
        client_of(endpoint, Deadlines(evaluate=60)) as client,
        asyncio.timeout(5),
    ):
        with pytest.raises(EvaluateError) as caught:
            await client.evaluate(REQUEST, 0)
    assert caught.value.status is grpc.StatusCode.DEADLINE_EXCEEDED
