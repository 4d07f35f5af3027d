"""The shared network: what runs, what it says of itself, and who may speak to it."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from network import operations
from network.consortium import Consortium
from network.status import Status
from weftwork.config import Connection, load_yaml
from weftwork.ledger import blocking
from weftwork.ledger.credentials import Credentials

FABRIC = ("ca", "orderer", "peer", "chaincode")


def _eventually(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _health(status: Status) -> dict[str, str]:
    return {row.name: row.health for org in status.organisations for row in org.processes}


def _pids(status: Status) -> dict[str, int | None]:
    return {row.name: row.pid for org in status.organisations for row in org.processes}


def test_every_organisation_answers_a_query_of_the_contract(consortium: Consortium) -> None:
    for organisation in consortium.topology.organisations:
        reply = consortium.peer_cli(organisation.name).run(
            *("chaincode", "query", "-C", "weftwork", "-n", "weftwork"),
            *("-c", '{"Args":["Tasks:List","","",""]}'),
        )
        assert "items" in json.loads(reply)


def test_status_tells_of_every_process_ledger_and_certificate(consortium: Consortium) -> None:
    status = consortium.status()
    assert [org.name for org in status.organisations] == [
        org.name for org in consortium.topology.organisations
    ]
    health = _health(status)
    for org in status.organisations:
        assert {health[f"{org.name}.{component}"] for component in FABRIC} == {"OK"}
        assert org.block_height is not None
        assert org.block_height > 0
        assert "weftwork" in {chaincode.name for chaincode in org.chaincodes}
        assert org.certificates_end is not None
        left = org.certificates_end - datetime.now(UTC)
        assert timedelta(days=300) < left < timedelta(days=400)


def test_the_command_prints_the_same_as_json(consortium: Consortium) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "network", "status", "--json"],
        env=os.environ | {"WEFTWORK_HOME": str(consortium.home.root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [org["name"] for org in json.loads(printed)["organisations"]]
    assert names == ["requester", "factory1", "factory2", "factory3"]
    assert _pids(Status.model_validate_json(printed)) == _pids(consortium.status())


def test_a_second_up_changes_nothing(consortium: Consortium, chaincode: Path) -> None:
    before = consortium.status()
    consortium.up(chaincode, nodes=False)
    after = consortium.status()
    assert _pids(after) == _pids(before)
    for org, then in zip(after.organisations, before.organisations, strict=True):
        assert org.chaincodes == then.chaincodes
        assert org.certificates == then.certificates


def test_a_stopped_process_is_told_as_such(consortium: Consortium) -> None:
    consortium.stop("factory3.peer")
    try:
        status = consortium.status()
        assert _health(status)["factory3.peer"] == "not running"
        assert not status.healthy
        factory3 = next(org for org in status.organisations if org.name == "factory3")
        assert factory3.block_height is None
    finally:
        consortium.start("factory3.peer")
    _eventually(lambda: _health(consortium.status())["factory3.peer"] == "OK")


def test_a_killed_peer_is_started_again(consortium: Consortium) -> None:
    killed = _pids(consortium.status())["factory2.peer"]
    assert killed
    os.kill(killed, signal.SIGKILL)

    def back() -> bool:
        status = consortium.status()
        return _pids(status)["factory2.peer"] not in {None, killed} and (
            _health(status)["factory2.peer"] == "OK"
        )

    _eventually(back)


@pytest.mark.parametrize(
    ("component", "purpose"),
    [
        ("ca", "operations"),
        ("orderer", "port"),
        ("orderer", "admin"),
        ("orderer", "operations"),
        ("peer", "port"),
        ("peer", "operations"),
        ("chaincode", "port"),
    ],
)
def test_nobody_is_heard_without_a_certificate(
    consortium: Consortium, component: str, purpose: str
) -> None:
    organisation = consortium.topology.organisation("factory1")
    port = organisation.components()[component].ports()[purpose]
    roots = str(consortium.home.public("factory1").ca)
    stranger = ssl.create_default_context(cafile=roots)
    with pytest.raises(
        ssl.SSLError, match=r"certificate required|bad certificate|handshake failure"
    ):
        _speak(stranger, port)
    member = ssl.create_default_context(cafile=roots)
    admin = consortium.home.site("factory1").identity("admin")
    member.load_cert_chain(admin.tls_certificate, admin.tls_key)
    if component == "chaincode":  # it answers the peer alone
        with pytest.raises(ssl.SSLError, match="bad certificate"):
            _speak(member, port)
        peer = consortium.home.site("factory1").identity("peer")
        member.load_cert_chain(peer.tls_certificate, peer.tls_key)
    _speak(member, port)


def _speak(context: ssl.SSLContext, port: int) -> None:
    """Connect and say something; under TLS 1.3 a refusal comes with the first answer."""
    with (
        socket.create_connection(("localhost", port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as connection,
    ):
        connection.settimeout(2)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            connection.recv(1)
        except (TimeoutError, ConnectionResetError):
            return


def test_private_keys_are_for_their_owner_only_and_never_public(consortium: Consortium) -> None:
    root = consortium.home.root
    files = [path for path in root.rglob("*") if path.is_file() and path.stat().st_size < 1 << 20]
    holders = [path for path in files if b"PRIVATE KEY-----" in path.read_bytes()]
    assert len(holders) > 4 * 7 * 2
    assert {oct(path.stat().st_mode & 0o777) for path in holders} == {"0o600"}
    assert not [path for path in holders if path.is_relative_to(root / "public")]
    assert all(path.is_relative_to(root / "orgs") for path in holders)


def test_no_enrolment_secret_is_kept(consortium: Consortium) -> None:
    for organisation in consortium.topology.organisations:
        folder = consortium.home.site(organisation.name).component("ca")
        configuration = yaml.safe_load((folder / "fabric-ca-server-config.yaml").read_text())
        assert configuration["registry"]["identities"] == []


def test_an_orderer_that_missed_blocks_catches_up(consortium: Consortium) -> None:
    consortium.stop("factory3.orderer")
    try:
        height = _orderer_height(consortium, "factory2")
        for _ in range(3):
            _commit_something(consortium)
        assert _orderer_height(consortium, "factory2") > height
    finally:
        consortium.start("factory3.orderer")
    goal = _orderer_height(consortium, "factory2")
    _eventually(lambda: _orderer_height(consortium, "factory3") >= goal, 60)


def _orderer_height(consortium: Consortium, organisation: str) -> int:
    site = consortium.home.site(organisation)
    orderer = consortium.topology.organisation(organisation).orderer
    with operations.client(site) as http:
        return operations.block_height(http, orderer, consortium.topology.channel) or 0


def _commit_something(consortium: Consortium) -> None:
    """A transaction that writes nothing is ordered and committed like any other."""
    connection = load_yaml(consortium.home.requester, Connection)
    credentials = Credentials.load(connection)
    with blocking.Gateway(
        connection.gateway.endpoint,
        identity=credentials.identity,
        signer=credentials.signer,
        tls=credentials.tls,
    ) as gateway:
        contract = gateway.network(connection.channel).contract("weftwork", "Tasks")
        contract.submit("List", "", "", "")
