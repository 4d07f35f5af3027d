"""Push and fetch over real gRPC with real certificates."""

import asyncio
import os
import secrets
from io import BytesIO

import pytest

from tests.unit.artifacts.transfer import TASK, Host, Site, artifact, header
from weftwork.artifacts import Header, Kind, Limits, Peer
from weftwork.errors import IntegrityError, NotFoundError, RefusedError

REQUESTER = Peer("RequesterMSP", "requester.requester")


@pytest.mark.parametrize("size", [0, 1, 256 << 10, (256 << 10) + 1, 3_000_001])
async def test_what_is_pushed_can_be_fetched(site: Site, size: int) -> None:
    content = secrets.token_bytes(size)
    async with site.serving() as host:
        assert await site.client().push(host, header(content), site.file(content))
        path = await site.client().fetch(host, TASK, artifact(content), site.local)
    assert path.read_bytes() == content
    assert site.store.path(artifact(content).digest).read_bytes() == content
    assert not site.leftovers()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_the_policy_is_asked_about_the_caller_and_the_artifact(site: Site) -> None:
    sent = Header(TASK, Kind.INITIAL_MODEL, artifact(b"model"))
    async with site.serving() as host:
        await site.client().push(host, sent, site.file(b"model"))
        await site.client().fetch(host, TASK, sent.artifact, site.local)
    assert site.rules.asked == [(REQUESTER, sent), (REQUESTER, (TASK, sent.artifact.digest))]


async def test_the_second_push_says_that_it_was_there(site: Site) -> None:
    content = os.urandom(4 << 20)  # more than fits into the windows of the connection
    async with site.serving() as host:
        source = site.file(content)
        assert await site.client().push(host, header(content), source)
        assert not await site.client().push(host, header(content), source)


async def test_the_second_fetch_asks_nobody(site: Site) -> None:
    stored = site.local.put(BytesIO(b"here"))
    nobody = Host("localhost:1")
    path = await site.client().fetch(nobody, TASK, stored, site.local)
    assert path.read_bytes() == b"here"


async def test_ten_push_the_same_artifact_at_once(site: Site) -> None:
    content = os.urandom(2 << 20)
    source = site.file(content)
    async with site.serving(Limits(transfers=3)) as host:
        pushes = (site.client().push(host, header(content), source) for _ in range(10))
        outcomes = await asyncio.gather(*pushes)
    assert any(outcomes)
    assert list(site.store.list()) == [artifact(content)]
    assert not site.leftovers()


async def test_a_push_that_is_not_allowed_stores_nothing(site: Site) -> None:
    site.rules.push = False
    content = os.urandom(4 << 20)
    async with site.serving() as host:
        with pytest.raises(RefusedError, match="not entitled") as refused:
            await site.client().push(host, header(content), site.file(content))
    assert refused.value.code == "NOT_ENTITLED"
    assert not list(site.store.list())


async def test_a_fetch_that_is_not_allowed_does_not_tell_what_exists(site: Site) -> None:
    site.rules.fetch = False
    stored = site.store.put(BytesIO(b"secret"))
    async with site.serving() as host:
        for wanted in (stored, artifact(b"not there")):
            with pytest.raises(
                RefusedError, match=r"requester\.requester .RequesterMSP."
            ) as refused:
                await site.client().fetch(host, TASK, wanted, site.local)
            assert refused.value.code == "NOT_ENTITLED"


async def test_a_policys_own_rule_reaches_the_caller(site: Site) -> None:
    class LeadersOnly:
        async def may_push(self, peer: Peer, header: Header) -> bool:
            raise RefusedError(f"{peer.common_name} does not lead round 3", "NOT_LEADER")

        async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
            return None  # type: ignore[return-value] # a forgotten return must not allow

    site.rules = LeadersOnly()  # type: ignore[assignment]
    async with site.serving() as host:
        with pytest.raises(RefusedError, match="does not lead round 3") as refused:
            await site.client().push(host, header(b"x"), site.file(b"x"))
        assert refused.value.code == "NOT_LEADER"
        with pytest.raises(RefusedError):
            await site.client().fetch(host, TASK, artifact(b"x"), site.local)


async def test_a_fetch_of_what_is_not_there(site: Site) -> None:
    async with site.serving() as host:
        with pytest.raises(NotFoundError, match=artifact(b"?").digest):
            await site.client().fetch(host, TASK, artifact(b"?"), site.local)
    assert not site.leftovers()


async def test_a_file_that_is_not_what_the_header_says_is_not_sent(site: Site) -> None:
    async with site.serving() as host:
        with pytest.raises(IntegrityError, match="weights: 5 bytes"):
            await site.client().push(host, header(b"right"), site.file(b"wrong"))
    assert not site.rules.asked


async def test_too_large_for_the_server(site: Site) -> None:
    async with site.serving(Limits(artifact_bytes=10)) as host:
        with pytest.raises(RefusedError, match="11 bytes; this node takes 10") as refused:
            await site.client().push(host, header(b"x" * 11), site.file(b"x" * 11))
        assert refused.value.code == "TOO_LARGE"
        await site.client().push(host, header(b"x" * 10), site.file(b"x" * 10))


async def test_too_large_for_the_client(site: Site) -> None:
    client = site.client(Limits(artifact_bytes=10))
    async with site.serving() as host:
        with pytest.raises(RefusedError) as refused:
            await client.fetch(host, TASK, artifact(b"x" * 11), site.local)
    assert refused.value.code == "TOO_LARGE"
    assert not site.rules.asked


@pytest.mark.parametrize("damaged", [b"wh0le", b"who", b""])
async def test_an_artifact_damaged_on_the_servers_disk_is_dropped(
    site: Site, damaged: bytes
) -> None:
    stored = site.store.put(BytesIO(b"whole"))
    site.store.path(stored.digest).write_bytes(damaged)
    async with site.serving() as host:
        with pytest.raises(IntegrityError, match="damaged"):
            await site.client().fetch(host, TASK, stored, site.local)
        assert not site.store.has(stored.digest)
        assert await site.client().push(host, header(b"whole"), site.file(b"whole"))
    assert not site.leftovers()


async def test_an_artifact_of_another_size_than_the_ledgers(site: Site) -> None:
    stored = site.store.put(BytesIO(b"whole"))
    wanted = stored.model_copy(update={"size": 4})
    async with site.serving() as host:
        with pytest.raises(IntegrityError, match="another size"):
            await site.client().fetch(host, TASK, wanted, site.local)
    assert not site.local.has(stored.digest)
