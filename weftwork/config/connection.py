"""How one identity reaches the ledger: written by `network`, read by every program.

One file per identity (`connection.yaml`); paths are relative to the file.
"""

from pathlib import Path

from pydantic import Field

from weftwork.config.document import Strict


class KeyPair(Strict):
    """A PEM certificate and its PEM private key (mode 0600)."""

    certificate: Path
    key: Path


class GatewayAddress(Strict):
    """The organisation's own peer, which runs the Fabric Gateway service."""

    endpoint: str = Field(description="host:port")
    tls_roots: Path = Field(description="PEM bundle that the peer's TLS certificate chains to")
    server_name: str | None = Field(None, description="name in the certificate, if not the host")


class Connection(Strict):
    """An identity, its organisation's gateway, and the certificate roots of the consortium."""

    organisation: str
    msp_id: str
    channel: str = "weftwork"
    chaincode: str = "weftwork"
    gateway: GatewayAddress
    identity: KeyPair = Field(description="enrolment certificate: signs transactions and uploads")
    tls: KeyPair = Field(description="TLS client (and, for a node, server) certificate")
    trust: dict[str, Path] = Field(description="MSP ID -> PEM roots of that organisation's CA")
