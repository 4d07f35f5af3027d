"""Cut connections, servers that lie or stall, full disks: typed errors, nothing half-written."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import grpc.aio
import pytest

from tests.unit.artifacts.proxy import cutting_proxy
from tests.unit.artifacts.transfer import TASK, Host, Site, artifact, header
from weftwork.artifacts import Limits
from weftwork.errors import (
    ConnectionFailedError,
    DeadlineError,
    EnvironmentFaultError,
    IntegrityError,
    RefusedError,
    WeftworkError,
)
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire
from weftwork.wire.artifacts.v1.artifacts_pb2_grpc import (
    ArtifactServiceServicer,
    add_ArtifactServiceServicer_to_server,
)

MIB = 1 << 20


async def settled(site: Site) -> bool:
    """Whether both stores drop what was half-written, soon."""
    for _ in range(1000):
        if not site.leftovers():
            return True
        await asyncio.sleep(0.02)
    return False


async def begun(site: Site) -> None:
    """Return once a transfer has begun to write."""
    for _ in range(10_000):
        if site.leftovers():
            return
        await asyncio.sleep(0)
    pytest.fail("no transfer began")


async def test_a_push_cut_in_the_middle(site: Site) -> None:
    content = os.urandom(8 * MIB)
    async with site.serving() as host:
        port = int(host.endpoint.rpartition(":")[2])
        async with cutting_proxy(port, after=2 * MIB) as proxy:
            with pytest.raises(ConnectionFailedError, match=r"node\.factory at localhost"):
                await site.client().push(
                    Host(f"localhost:{proxy}"), header(content), site.file(content)
                )
        assert await settled(site)
        assert not site.store.has(artifact(content).digest)
        assert await site.client().push(host, header(content), site.file(content))


async def test_a_fetch_cut_in_the_middle(site: Site) -> None:
    stored = site.store.put(BytesIO(os.urandom(8 * MIB)))
    async with site.serving() as host:
        port = int(host.endpoint.rpartition(":")[2])
        async with cutting_proxy(port, after=2 * MIB) as proxy:
            with pytest.raises(ConnectionFailedError, match=r"node\.factory at localhost"):
                await site.client().fetch(Host(f"localhost:{proxy}"), TASK, stored, site.local)
        assert not site.leftovers()
        assert not site.local.has(stored.digest)
        await site.client().fetch(host, TASK, stored, site.local)


async def test_a_push_that_is_cancelled(site: Site) -> None:
    content = os.urandom(8 * MIB)
    async with site.serving() as host:
        pushing = asyncio.create_task(site.client().push(host, header(content), site.file(content)))
        await begun(site)
        pushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pushing
        assert await settled(site)
    assert not site.store.has(artifact(content).digest)


async def test_a_fetch_that_is_cancelled(site: Site) -> None:
    stored = site.store.put(BytesIO(os.urandom(8 * MIB)))
    async with site.serving() as host:
        fetching = asyncio.create_task(site.client().fetch(host, TASK, stored, site.local))
        await begun(site)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert not site.leftovers()
    assert not site.local.has(stored.digest)


class Nobody(ArtifactServiceServicer):
    """Knows no call."""

    async def Push(self, requests: Any, context: Any) -> wire.PushResponse:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such call")
        return wire.PushResponse()

    async def Fetch(self, request: Any, context: Any) -> AsyncIterator[wire.FetchResponse]:
        yield await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such call")


class Teller(Nobody):
    """Answers every fetch with `parts`, or waits."""

    def __init__(self, *parts: wire.FetchResponse | float) -> None:
        self.parts = parts

    async def Fetch(self, request: Any, context: Any) -> AsyncIterator[wire.FetchResponse]:
        for part in self.parts:
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                yield part


class Deaf(Nobody):
    """Neither reads what is pushed nor answers."""

    async def Push(self, requests: Any, context: Any) -> wire.PushResponse:
        await asyncio.sleep(5)
        return wire.PushResponse()


@asynccontextmanager
async def impostor(site: Site, servicer: ArtifactServiceServicer) -> AsyncIterator[Host]:
    """The right node by its certificate, which does what `servicer` does."""
    server = grpc.aio.server()
    add_ArtifactServiceServicer_to_server(servicer, server)
    tls = site.server_tls
    pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
    credentials = grpc.ssl_server_credentials([pair])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    yield Host(f"localhost:{port}")
    await server.stop(0)


def size(number: int) -> wire.FetchResponse:
    return wire.FetchResponse(size=number)


def chunk(content: bytes) -> wire.FetchResponse:
    return wire.FetchResponse(chunk=content)


LIES: dict[str, tuple[tuple[wire.FetchResponse | float, ...], type[WeftworkError]]] = {
    "other bytes": ((size(5), chunk(b"wrong")), IntegrityError),
    "too few": ((size(5), chunk(b"righ")), IntegrityError),
    "too many": ((size(5), chunk(b"right"), chunk(b"er")), IntegrityError),
    "another size": ((size(4), chunk(b"righ")), IntegrityError),
    "no size": ((chunk(b"right"),), IntegrityError),
    "nothing": ((), IntegrityError),
    "no more": ((size(5), 5.0, chunk(b"right")), DeadlineError),
    "a huge message": ((size(5), chunk(b"x" * MIB)), RefusedError),
}


@pytest.mark.parametrize(("parts", "error"), LIES.values(), ids=LIES)
async def test_a_server_that_sends_something_else(
    site: Site, parts: tuple[wire.FetchResponse | float, ...], error: type[WeftworkError]
) -> None:
    async with impostor(site, Teller(*parts)) as host:
        client = site.client(Limits(idle_seconds=0.3 if error is DeadlineError else 30))
        with pytest.raises(error):
            await client.fetch(host, TASK, artifact(b"right"), site.local)
    assert not site.leftovers()
    assert not list(site.local.list())


async def test_a_server_that_never_answers_a_call(site: Site) -> None:
    async with impostor(site, Teller(5.0)) as host:
        client = site.client(Limits(turn_seconds=0.3))
        with pytest.raises(DeadlineError):
            await client.fetch(host, TASK, artifact(b"right"), site.local)


async def test_a_push_takes_no_longer_than_it_may(site: Site) -> None:
    """A server that neither reads nor answers holds nobody up."""
    async with impostor(site, Deaf()) as host:
        with pytest.raises(DeadlineError):
            await site.client().push(host, header(b"x"), site.file(b"x"), seconds=0.3)


async def test_a_server_that_does_not_know_the_call(site: Site) -> None:
    async with impostor(site, Nobody()) as host:
        with pytest.raises(RefusedError, match="UNIMPLEMENTED"):
            await site.client().push(host, header(b"x"), site.file(b"x"))


@pytest.fixture
def small_disk() -> Iterator[Callable[[], None]]:
    """Once called, no file grows beyond one MiB: writes fail as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


async def test_the_servers_disk_is_full(site: Site, small_disk: Callable[[], None]) -> None:
    content = os.urandom(4 * MIB)
    source = site.file(content)
    async with site.serving() as host:
        small_disk()
        with pytest.raises(RefusedError, match="cannot store it") as refused:
            await site.client().push(host, header(content), source)
    assert refused.value.code == "NO_ROOM"
    assert str(site.folder) not in str(refused.value)  # its paths are the server's own affair
    assert not site.leftovers()


async def test_the_clients_disk_is_full(site: Site, small_disk: Callable[[], None]) -> None:
    stored = site.store.put(BytesIO(os.urandom(4 * MIB)))
    async with site.serving() as host:
        small_disk()
        with pytest.raises(EnvironmentFaultError, match=r"client/incoming.*make room"):
            await site.client().fetch(host, TASK, stored, site.local)
    assert not site.leftovers()
