"""A client that does not keep to the protocol: refused with the rule, and nothing stays behind."""

import asyncio
import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

import grpc
import pytest

from tests.unit.artifacts.transfer import TASK, Host, Site
from weftwork.artifacts import Limits
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire
from weftwork.wire.artifacts.v1.artifacts_pb2_grpc import ArtifactServiceStub

CHUNK = 256 << 10
CONTENT = bytes(range(256)) * 4


def announced(**changes: object) -> wire.PushRequest:
    fields: dict[str, object] = {
        "task": TASK,
        "kind": wire.ARTIFACT_KIND_VALIDATION,
        "digest": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
    }
    return wire.PushRequest(header=wire.ArtifactHeader(**fields | changes))  # type: ignore[arg-type]


def chunk(content: bytes) -> wire.PushRequest:
    return wire.PushRequest(chunk=content)


@contextmanager
def stub_of(site: Site, host: Host) -> Iterator[ArtifactServiceStub]:
    """A stub with the client's real certificate, and none of its manners."""
    credentials = grpc.ssl_channel_credentials(
        site.factory.root_file.read_bytes(),
        site.client_tls.key.read_bytes(),
        site.client_tls.certificate.read_bytes(),
    )
    with grpc.secure_channel(host.endpoint, credentials) as channel:
        yield ArtifactServiceStub(channel)


async def push(
    site: Site, requests: Iterable[wire.PushRequest], limits: Limits | None = None
) -> tuple[grpc.StatusCode, str]:
    async with site.serving(limits) as host:
        with stub_of(site, host) as stub:
            call = stub.Push.future(iter(requests), timeout=20)
            return await asyncio.to_thread(call.code), call.details() or ""


REFUSED = {
    "nothing at all": [],
    "no header": [chunk(CONTENT)],
    "a second header": [announced(), announced()],
    "an empty chunk": [announced(), chunk(b""), chunk(CONTENT)],
    "a chunk that is too large": [announced(size=CHUNK + 1), chunk(b"x" * (CHUNK + 1))],
    "an empty part": [announced(), wire.PushRequest(), chunk(CONTENT)],
    "no task": [announced(task="")],
    "a long task": [announced(task="x" * 64)],
    "no kind": [announced(kind=0)],
    "a kind of the past": [announced(kind=3)],
    "a kind of the future": [announced(kind=99)],
    "no digest": [announced(digest="")],
    "a digest in capitals": [announced(digest="A" * 64)],
    "a path for a digest": [announced(digest="../../../../etc/passwd")],
    "a negative size": [announced(size=-1)],
}


@pytest.mark.parametrize("requests", REFUSED.values(), ids=REFUSED)
async def test_requests_out_of_shape(site: Site, requests: list[wire.PushRequest]) -> None:
    code, details = await push(site, requests)
    assert code is grpc.StatusCode.INVALID_ARGUMENT, details
    assert details.startswith("INVALID_REQUEST: ")
    assert not list(site.store.list())
    assert not site.leftovers()


DAMAGED = {
    "other bytes": [announced(), chunk(b"x" * len(CONTENT))],
    "too few bytes": [announced(), chunk(CONTENT[:-1])],
    "no bytes": [announced()],
    "one byte too many": [announced(), chunk(CONTENT), chunk(b"x")],
    "another size": [announced(size=len(CONTENT) + 1), chunk(CONTENT)],
}


@pytest.mark.parametrize("requests", DAMAGED.values(), ids=DAMAGED)
async def test_bytes_that_are_not_the_headers(site: Site, requests: list[wire.PushRequest]) -> None:
    code, details = await push(site, requests)
    assert code is grpc.StatusCode.DATA_LOSS, details
    assert not list(site.store.list())
    assert not site.leftovers()


async def test_a_message_beyond_the_limit_is_not_even_read(site: Site) -> None:
    code, _ = await push(site, [announced(size=1 << 20), chunk(b"x" * (1 << 20))])
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not site.leftovers()


async def test_more_bytes_than_announced_are_not_stored_meanwhile(site: Site) -> None:
    """The server hangs up at the first byte too many, and does not wait for the end."""
    endless = (chunk(b"x" * CHUNK) for _ in iter(int, 1))
    code, _ = await push(site, (part for parts in ([announced()], endless) for part in parts))
    assert code is grpc.StatusCode.DATA_LOSS
    assert not site.leftovers()


@pytest.mark.parametrize("requests", [[], [announced()]], ids=["before", "after the header"])
async def test_a_silent_client_is_cut_off(site: Site, requests: list[wire.PushRequest]) -> None:
    released = asyncio.Event()

    def silent() -> Iterator[wire.PushRequest]:
        yield from requests
        while not released.is_set():
            time.sleep(0.05)

    try:
        code, details = await push(site, silent(), Limits(idle_seconds=0.3))
    finally:
        released.set()
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "too slow" in details
    assert not site.leftovers()


async def test_a_trickle_is_cut_off_in_the_end(site: Site) -> None:
    def trickle() -> Iterator[wire.PushRequest]:
        yield announced()
        for byte in CONTENT[:50]:
            time.sleep(0.1)
            yield chunk(bytes([byte]))

    code, _ = await push(site, trickle(), Limits(idle_seconds=0.5))
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert not site.leftovers()


async def test_a_reader_that_stops_reading_is_cut_off(site: Site) -> None:
    stored = site.store.put(BytesIO(b"x" * (64 << 20)))
    limits = Limits(idle_seconds=0.3)
    async with site.serving(limits) as host:
        with stub_of(site, host) as stub:
            call = stub.Fetch(wire.FetchRequest(task=TASK, digest=stored.digest), timeout=20)
            await asyncio.sleep(1)
            with pytest.raises(grpc.RpcError):
                await asyncio.to_thread(list, call)
            assert call.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_fetch_by_a_path(site: Site) -> None:
    async with site.serving() as host:
        with stub_of(site, host) as stub:
            call = stub.Fetch(wire.FetchRequest(task=TASK, digest="../" * 20), timeout=20)
            with pytest.raises(grpc.RpcError):
                await asyncio.to_thread(list, call)
            assert call.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not site.rules.asked


def wait_for_one(calls: "list[grpc.CallFuture[wire.PushResponse]]") -> None:
    while not any(call.done() for call in calls):
        time.sleep(0.01)


async def test_more_calls_than_the_limit_are_refused(site: Site) -> None:
    """One call is served, one waits for its turn, the third is refused at once."""
    released = asyncio.Event()

    def held() -> Iterator[wire.PushRequest]:
        yield announced()
        while not released.is_set():
            time.sleep(0.05)

    limits = Limits(transfers=1, calls=2)
    async with site.serving(limits) as host:
        with stub_of(site, host) as stub:
            calls = [stub.Push.future(held(), timeout=20) for _ in range(3)]
            await asyncio.to_thread(wait_for_one, calls)
            codes = [call.code() for call in calls if call.done()]
            await asyncio.sleep(0.2)
            writing = len(site.leftovers())
            released.set()
    assert writing == 1
    assert codes == [grpc.StatusCode.RESOURCE_EXHAUSTED]


async def test_who_stalls_in_many_calls_keeps_nobody_else_waiting(site: Site) -> None:
    large, small = site.store.put(BytesIO(b"x" * (16 << 20))), site.store.put(BytesIO(b"small"))
    wanted = wire.FetchRequest(task=TASK, digest=large.digest)
    async with site.serving(Limits(transfers=3)) as host:
        with stub_of(site, host) as stub:
            calls = [stub.Fetch(wanted, timeout=20) for _ in range(4)]
            await asyncio.sleep(1)  # two are served, and read no further
            other = site.client(tls=site.requester.tls("node.other", hosts=()))
            async with asyncio.timeout(10):
                await other.fetch(host, TASK, small, site.local)
            assert [one.is_active() for one in calls] == [True] * 4
    assert site.local.has(small.digest)
