"""What the examples share: the connection file named on the command line, and its gateway.

The default is the requester's connection of a consortium that runs here (`make demo KEEP=1`).
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from weftwork.config import Connection, load_yaml, weftwork_home
from weftwork.ledger import Gateway, Identity, TlsOptions, sign_with


def read_connection() -> Connection:
    """The connection file that the command line names."""
    default = weftwork_home() / "requester.yaml"
    return load_yaml(Path(sys.argv[1]) if len(sys.argv) > 1 else default, Connection)


def read_identity(connection: Connection) -> Identity:
    """Who calls: an MSP ID and a certificate."""
    return Identity(connection.msp_id, connection.identity.certificate.read_bytes())


def read_key(connection: Connection) -> ec.EllipticCurvePrivateKey:
    """The private key of that certificate."""
    key = load_pem_private_key(connection.identity.key.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101  what a Fabric CA issues
    return key


def read_tls(connection: Connection) -> TlsOptions:
    """Mutual TLS: whom the client trusts, and what it shows."""
    return TlsOptions(
        roots=connection.gateway.tls_roots.read_bytes(),
        certificate=connection.tls.certificate.read_bytes(),
        key=connection.tls.key.read_bytes(),
        server_name=connection.gateway.server_name,
    )


def open_gateway(connection: Connection) -> Gateway:
    """The gateway of the organisation's own peer."""
    return Gateway(
        connection.gateway.endpoint,
        identity=read_identity(connection),
        signer=sign_with(read_key(connection)),
        tls=read_tls(connection),
    )
