"""A TCP relay before the gateway peer, with which a test makes the network misbehave for real."""

import asyncio
from types import TracebackType
from typing import Self

from weftwork.ledger import Signer

_CHUNK = 1 << 16


class Proxy:
    """Relays to `target` (host:port); holds the peer's answers back, or cuts every connection."""

    def __init__(self, target: str) -> None:
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._answering = asyncio.Event()
        self._answering.set()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.endpoint = f"localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self.cut()

    def hold(self) -> None:
        """From now on requests pass, and answers wait."""
        self._answering.clear()

    def release(self) -> None:
        """Let the answers through."""
        self._answering.set()

    async def cut(self) -> None:
        """Break every connection; new ones are accepted."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            await self._relay(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(*self._target)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, requests))
                group.create_task(_copy(answers, writer, self._answering))
        finally:
            requests.transport.abort()
            writer.transport.abort()


async def _copy(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event | None = None
) -> None:
    while chunk := await source.read(_CHUNK):
        if gate is not None:
            await gate.wait()
        sink.write(chunk)
        await sink.drain()
    sink.close()


class HoldingSigner:
    """Signs, and holds the network's answers from the second signature (the transaction's) on: the
    submission arrives, and nothing is heard of it before the signature `release_at`, if any."""

    def __init__(self, sign: Signer, proxy: Proxy, release_at: int | None = None) -> None:
        self._sign = sign
        self._proxy = proxy
        self._release_at = release_at
        self.count = 0

    def __call__(self, digest: bytes) -> bytes:
        self.count += 1
        if self.count == 2:
            self._proxy.hold()
        if self.count == self._release_at:
            self._proxy.release()
        return self._sign(digest)
