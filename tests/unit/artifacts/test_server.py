"""The server's beginning and end: who holds the port, from when on it answers, how it stops."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from io import BytesIO

import grpc
import pytest

from tests.unit.artifacts.test_hostile_client import CONTENT, announced, stub_of
from tests.unit.artifacts.transfer import TASK, Host, Site, artifact
from weftwork.artifacts import ArtifactService, Trust, bound
from weftwork.errors import EnvironmentFaultError
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire


async def test_the_port_is_held_before_it_answers(site: Site) -> None:
    site.store.put(BytesIO(CONTENT))
    trust = Trust(site.trust)
    service = ArtifactService(site.store, site.rules, trust)
    async with bound("127.0.0.1:0", site.server_tls, trust, service) as (server, port):
        host = Host(f"localhost:{port}")
        with pytest.raises(EnvironmentFaultError, match="port in use"):
            async with bound(f"127.0.0.1:{port}", site.server_tls, trust, service):
                pytest.fail("two servers on one port")
        fetching = asyncio.create_task(
            site.client().fetch(host, TASK, artifact(CONTENT), site.local)
        )
        await asyncio.sleep(0.2)
        assert not fetching.done()
        await server.start()
        await asyncio.wait_for(fetching, 20)


async def test_it_stops_soon_with_a_transfer_in_flight(site: Site) -> None:
    over = threading.Event()

    def without_end() -> Iterator[wire.PushRequest]:
        yield announced()
        over.wait(60)

    async with AsyncExitStack() as serving:
        host = await serving.enter_async_context(site.serving())
        with stub_of(site, host) as stub:
            call = stub.Push.future(without_end(), timeout=60)
            while not site.rules.asked:  # noqa: ASYNC110 - the server is what is waited for
                await asyncio.sleep(0.01)
            began = time.monotonic()
            await serving.aclose()
            assert time.monotonic() - began < 4
            over.set()
            assert await asyncio.to_thread(call.code) is not grpc.StatusCode.OK
