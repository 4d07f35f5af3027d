"""Certificates of a real Fabric CA carry a transfer, and an update's signature can be checked."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.identity.fabric_ca import Server
from weftwork.artifacts import (
    Artifact,
    ArtifactClient,
    ArtifactService,
    Header,
    Kind,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import Connection, GatewayAddress, KeyPair
from weftwork.errors import IntegrityError, RefusedError
from weftwork.identity import CertificateAuthority, Enrolment, load_msp, write_identity
from weftwork.signing import update_message, verify_update

UPDATE = b"an update"
TASK = "digits-1a2b3c"


@dataclass(frozen=True)
class Leader:
    endpoint: str
    msp_id: str = "FactoryMSP"
    common_name: str = "node.leader"


@dataclass
class SignedOnly:
    """Takes updates that the member's enrolment certificate signs."""

    certificate: bytes
    peers: list[Peer]

    async def may_push(self, peer: Peer, header: Header) -> bool:
        self.peers.append(peer)
        try:
            verify_update(
                self.certificate,
                header.task,
                header.round,
                header.artifact.digest,
                header.signature,
            )
        except IntegrityError as error:
            raise RefusedError(str(error), "BAD_SIGNATURE") from error
        return True

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        return False


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


def header(signer: Enrolment, round_number: int = 1) -> Header:
    digest = hashlib.sha256(UPDATE).hexdigest()
    signature = signer.key.sign(update_message(TASK, 1, digest), ec.ECDSA(hashes.SHA256()))
    artifact = Artifact(digest=digest, size=len(UPDATE))
    return Header(TASK, round_number, Kind.UPDATE, artifact, base64.b64encode(signature).decode())


async def test_a_signed_update_travels_between_two_members(
    ca: CertificateAuthority, registrar: Enrolment, server: Server, tmp_path: Path
) -> None:
    leader = member(ca, registrar, "node.leader", server, tmp_path / "leader")
    provider = member(ca, registrar, "node.provider", server, tmp_path / "provider")
    signer = load_msp(tmp_path / "provider/msp")
    source = tmp_path / "update"
    source.write_bytes(UPDATE)
    policy = SignedOnly(signer.certificate, [])
    store, trust = Store(tmp_path / "store"), Trust(leader.trust)
    service = ArtifactService(store, policy, trust)
    async with serve("127.0.0.1:0", leader.tls, trust, service) as port:
        client, host = ArtifactClient(provider), Leader(f"localhost:{port}")
        with pytest.raises(RefusedError, match="not its provider's") as refused:
            await client.push(host, header(signer, round_number=2), source)
        assert refused.value.code == "BAD_SIGNATURE"
        assert await client.push(host, header(signer), source)
    assert policy.peers == [Peer("FactoryMSP", "node.provider")] * 2
    assert [artifact.size for artifact in store.list()] == [len(UPDATE)]
