"""Certificates of a real Fabric CA carry a transfer, and an update's signature can be checked."""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.identity.fabric_ca import Server
from tests.unit.identity.issuing import public
from weftwork.artifacts import (
    ArtifactClient,
    ArtifactService,
    Header,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import Connection, GatewayAddress, KeyPair
from weftwork.errors import IntegrityError
from weftwork.identity import CertificateAuthority, Enrolment, load_msp, write_identity
from weftwork.signing import update_message, verify_update

UPDATE = b"an update"
TASK = "digits-1a2b3c"


@dataclass(frozen=True)
class Provider:
    endpoint: str
    msp_id: str = "FactoryMSP"
    common_name: str = "node.provider"


@dataclass
class Anybody:
    """Gives to everyone, and remembers who asked."""

    peers: list[Peer]

    async def may_push(self, peer: Peer, header: Header) -> bool:
        return False

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        self.peers.append(peer)
        return True


def member(
    ca: CertificateAuthority, registrar: Enrolment, name: str, server: Server, folder: Path
) -> Connection:
    secret = ca.register(registrar, name, "client", {"weftwork.role": "provider"})
    tls = ca.enroll(name, secret, profile="tls", hosts=["localhost", "127.0.0.1"])
    write_identity(folder, ca.enroll(name, secret), tls=tls)
    return Connection(
        organisation="factory",
        msp_id="FactoryMSP",
        gateway=GatewayAddress(endpoint="localhost:1", tls_roots=server.tls_roots),
        identity=KeyPair(
            certificate=folder / "msp/signcerts/cert.pem", key=folder / "msp/keystore/key.pem"
        ),
        tls=KeyPair(certificate=folder / "tls/cert.pem", key=folder / "tls/key.pem"),
        trust={"FactoryMSP": server.tls_roots},
    )


async def test_an_update_travels_between_two_members(
    ca: CertificateAuthority, registrar: Enrolment, server: Server, tmp_path: Path
) -> None:
    leader = member(ca, registrar, "node.leader", server, tmp_path / "leader")
    provider = member(ca, registrar, "node.provider", server, tmp_path / "provider")
    policy, trust = Anybody([]), Trust(provider.trust)
    store, received = Store(tmp_path / "store"), Store(tmp_path / "received")
    update = store.put(BytesIO(UPDATE))
    service = ArtifactService(store, policy, trust)
    async with serve("127.0.0.1:0", provider.tls, trust, service) as port:
        host = Provider(f"localhost:{port}")
        path = await ArtifactClient(leader).fetch(host, TASK, update, received)
    assert path.read_bytes() == UPDATE
    assert policy.peers == [Peer("FactoryMSP", "node.leader")]


def test_an_updates_signature_is_its_providers(
    ca: CertificateAuthority, registrar: Enrolment, server: Server, tmp_path: Path
) -> None:
    member(ca, registrar, "node.signer", server, tmp_path / "signer")
    signer = load_msp(tmp_path / "signer/msp")
    digest = hashlib.sha256(UPDATE).hexdigest()
    raw = signer.key.sign(update_message(TASK, 1, digest), ec.ECDSA(hashes.SHA256()))
    signature, key = base64.b64encode(raw).decode(), public(signer.key.public_key())
    verify_update(key, TASK, 1, digest, signature)
    with pytest.raises(IntegrityError, match="not its provider's"):
        verify_update(key, TASK, 2, digest, signature)
