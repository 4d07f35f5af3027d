"""A TCP proxy that cuts every connection after so many bytes in either direction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def cutting_proxy(port: int, after: int) -> AsyncIterator[int]:
    """Forward to `port` on this machine; yields the proxy's port."""
    tasks: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = 0
        while (data := await reader.read(16 << 10)) and (seen := seen + len(data)) < after:
            writer.write(data)
            await writer.drain()

    async def handle(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        server, forth = await asyncio.open_connection("127.0.0.1", port)
        pumps = [forward(client, forth), forward(server, back)]
        running = [asyncio.ensure_future(pump) for pump in pumps]
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for pump in running:
            pump.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for writer in (back, forth):
            writer.transport.abort()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listening:
        yield int(listening.sockets[0].getsockname()[1])
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
