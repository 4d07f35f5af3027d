"""Who may connect at all: certificates of both sides, in real TLS handshakes."""

import asyncio
import datetime
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.unit.artifacts.authority import HOUR, NOW, Authority
from tests.unit.artifacts.transfer import TASK, Host, Site, artifact, header
from weftwork.artifacts import ArtifactService, Limits, Peer, Trust, serve
from weftwork.config import KeyPair
from weftwork.errors import ConfigError, ConnectionFailedError, EnvironmentFaultError

EXPIRED = {"begins": NOW - 2 * HOUR, "ends": NOW - HOUR}
NOT_YET = {"begins": NOW + HOUR, "ends": NOW + 2 * HOUR}


async def push(site: Site, host: Host, **client: object) -> bool:
    sending = site.client(**client)  # type: ignore[arg-type]
    return await sending.push(host, header(b"weights"), site.file(b"weights"))


async def refused_server(site: Site, tls: KeyPair, expected: Host | None = None) -> str:
    async with site.serving(tls=tls) as host:
        target = Host(host.endpoint, *((expected.msp_id, expected.common_name) if expected else ()))
        with pytest.raises(ConnectionFailedError) as failure:
            await push(site, target)
    assert not site.rules.asked
    return str(failure.value)


async def test_a_server_of_another_name_in_the_right_organisation(site: Site) -> None:
    message = await refused_server(site, site.factory.tls("peer.factory"))
    assert "peer.factory's, expected node.factory's" in message


async def test_a_member_cannot_pose_as_the_node_by_a_host_name(site: Site) -> None:
    hosts = (x509.DNSName("localhost"), x509.DNSName("node.factory"))
    message = await refused_server(site, site.factory.tls("user.factory", hosts=hosts))
    assert "user.factory's, expected node.factory's" in message


async def test_a_member_cannot_step_in_after_the_name_was_checked(site: Site) -> None:
    """The first connection reaches the node, every later one another member of its organisation."""
    async with site.serving() as node, site.serving(tls=site.factory.tls("user.factory")) as other:
        ports = chain([node], repeat(other))

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target = next(ports).endpoint.rpartition(":")[2]
            back, forth = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(pump(reader, forth), pump(back, writer))

        async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ConnectionFailedError):
                await push(site, Host(f"localhost:{port}"))
    assert not site.rules.asked


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_the_right_name_from_another_organisation(site: Site) -> None:
    message = await refused_server(site, site.requester.tls("node.factory"))
    assert "not trusted as FactoryMSP's" in message


async def test_a_server_of_an_unknown_root(site: Site) -> None:
    stranger = Authority("FactoryMSP", site.folder / "stranger")
    assert "not trusted" in await refused_server(site, stranger.tls("node.factory"))


@pytest.mark.parametrize("dates", [EXPIRED, NOT_YET])
async def test_a_server_out_of_date(site: Site, dates: dict[str, datetime.datetime]) -> None:
    assert "not trusted" in await refused_server(site, site.factory.tls("node.factory", **dates))


async def test_a_server_on_another_host(site: Site) -> None:
    elsewhere = site.factory.tls("node.factory", hosts=(x509.DNSName("factory.example"),))
    assert "not valid for 'localhost'" in await refused_server(site, elsewhere)


async def test_an_organisation_that_is_not_configured(site: Site) -> None:
    expected = Host("", "UnknownMSP", "node.factory")
    assert "UnknownMSP: no root" in await refused_server(site, site.server_tls, expected)


@pytest.mark.parametrize("endpoint", ["localhost", "localhost:", ":1", "localhost:99999", ""])
async def test_an_endpoint_that_is_none(site: Site, endpoint: str) -> None:
    with pytest.raises(ConfigError, match="expected host:port"):
        await push(site, Host(endpoint))


async def test_nobody_listens(site: Site) -> None:
    with pytest.raises(ConnectionFailedError, match="cannot be reached"):
        await push(site, Host("localhost:1"))


async def test_something_else_listens(site: Site) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailedError, match="cannot be reached"):
            await push(site, Host(f"localhost:{port}"))


async def test_something_listens_and_says_nothing(site: Site) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailedError, match=r"within 0\.3 s"):
            await push(site, Host(f"localhost:{port}"), limits=Limits(connect_seconds=0.3))


async def refused_client(site: Site, tls: KeyPair) -> None:
    async with site.serving() as host:
        with pytest.raises(ConnectionFailedError):
            await push(site, host, tls=tls)
    assert not site.rules.asked
    assert not list(site.store.list())


async def test_a_client_of_an_unknown_root(site: Site) -> None:
    stranger = Authority("RequesterMSP", site.folder / "stranger")
    await refused_client(site, stranger.tls("requester.requester"))


@pytest.mark.parametrize("dates", [EXPIRED, NOT_YET])
async def test_a_client_out_of_date(site: Site, dates: dict[str, datetime.datetime]) -> None:
    await refused_client(site, site.requester.tls("requester.requester", **dates))


async def test_a_client_with_a_servers_certificate(site: Site) -> None:
    usages = (ExtendedKeyUsageOID.SERVER_AUTH,)
    await refused_client(site, site.requester.tls("requester.requester", usages=usages))


async def test_a_client_with_its_signing_certificate(site: Site) -> None:
    """It chains to the root, and TLS lets it through, but it was not made for this."""
    await refused_client(site, site.requester.tls("requester.requester", usages=()))


async def test_a_client_with_another_ones_key(site: Site) -> None:
    other = site.requester.tls("other.requester")
    mixed = KeyPair(certificate=site.client_tls.certificate, key=other.key)
    async with site.serving() as host:
        with pytest.raises(ConfigError, match="cannot be used for TLS"):
            await push(site, host, tls=mixed)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def test_the_issuing_root_tells_the_organisation(site: Site) -> None:
    trust = Trust(site.trust)
    for authority in (site.factory, site.requester):
        issued = authority.issue("node.factory", hosts=())
        assert trust.identify(issued.pem) == Peer(authority.msp_id, "node.factory")


@pytest.mark.parametrize("usages", [(), (ExtendedKeyUsageOID.SERVER_AUTH,)])
def test_a_certificate_for_something_else_is_nobodys(
    site: Site, usages: tuple[x509.ObjectIdentifier, ...]
) -> None:
    with pytest.raises(ConnectionFailedError, match="not trusted"):
        Trust(site.trust).identify(site.factory.issue("node.factory", usages=usages).pem)


def test_identity_depends_on_the_hour(site: Site) -> None:
    issued, trust = site.factory.issue("node.factory"), Trust(site.trust)
    assert trust.identify(issued.pem, NOW).common_name == "node.factory"
    for moment in (NOW - 90 * 60 * datetime.timedelta(seconds=1), NOW + 1.5 * HOUR):
        with pytest.raises(ConnectionFailedError, match="not trusted"):
            trust.identify(issued.pem, moment)


def test_a_root_with_the_same_name_is_another_root(site: Site) -> None:
    namesake = Authority("FactoryMSP", site.folder / "namesake")
    with pytest.raises(ConnectionFailedError, match=r"FactoryMSP: .*RequesterMSP: "):
        Trust(site.trust).identify(namesake.issue("node.factory").pem)


def test_a_member_cannot_issue_certificates(site: Site) -> None:
    member = site.factory.issue("user.factory")
    forging = Authority("FactoryMSP", site.folder / "forging")
    forging._key, forging._name = member.key, member.certificate.subject
    forged = forging.issue("node.factory")
    with pytest.raises(ConnectionFailedError):
        Trust(site.trust).identify(forged.pem)
    with pytest.raises(ConnectionFailedError):
        Trust(site.trust).identify(forged.pem + member.pem)


@pytest.mark.parametrize("garbage", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\xff"])
def test_a_certificate_that_is_none(site: Site, garbage: bytes) -> None:
    with pytest.raises(ConnectionFailedError, match="cannot be read"):
        Trust(site.trust).identify(garbage)


def test_trust_files_are_checked_when_read(site: Site, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    with pytest.raises(ConfigError, match="holds no certificate"):
        Trust({"FactoryMSP": empty})
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        Trust({"FactoryMSP": tmp_path / "missing.pem"})
    with pytest.raises(ConfigError, match="the same root"):
        Trust({"FactoryMSP": site.factory.root_file, "OtherMSP": site.factory.root_file})


async def test_a_port_in_use(site: Site) -> None:
    async with site.serving() as host:
        service = ArtifactService(site.store, site.rules, Trust(site.trust))
        listen = host.endpoint.replace("localhost", "127.0.0.1")
        with pytest.raises(EnvironmentFaultError, match="port in use"):
            async with serve(listen, site.server_tls, Trust(site.trust), service):
                pytest.fail("two servers on one port")


async def test_the_identity_holds_for_fetching_too(site: Site) -> None:
    async with site.serving(tls=site.factory.tls("peer.factory")) as host:
        with pytest.raises(ConnectionFailedError, match=r"expected node\.factory's"):
            await site.client().fetch(host, TASK, artifact(b"x"), site.local)
