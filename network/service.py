"""One organisation's chaincode service: the process, and how the organisation's peer reaches it."""

import json

from network import files
from network.layout import Site
from network.members import enrolment_id
from network.package import Chaincode
from network.programs import Program
from network.topology import Organisation

# The chaincode of the product itself; others (of tests) are named in their program's name.
MAIN = "weftwork"


def program_name(organisation: Organisation, chaincode: Chaincode) -> str:
    """`factory1.chaincode`, or `factory1.chaincode-NAME` for one beside the product's own."""
    suffix = "" if chaincode.name == MAIN else f"-{chaincode.name}"
    return f"{organisation.name}.chaincode{suffix}"


def program(
    organisation: Organisation,
    site: Site,
    chaincode: Chaincode,
    port: int,
    treasuries: tuple[str, ...] = (),
) -> Program:
    """The service: a gRPC server that only the organisation's own peer may call.

    It accepts the treasurers of the organisations whose MSP IDs `treasuries` are.
    """
    identity = site.identity("chaincode")
    return Program(
        program_name(organisation, chaincode),
        (str(chaincode.binary),),
        site.component("chaincode"),
        {
            "CHAINCODE_ID": chaincode.package_id,
            "CHAINCODE_SERVER_ADDRESS": f"{organisation.chaincode.bind}:{port}",
            "CHAINCODE_CLIENT_NAME": enrolment_id("peer", organisation),
            "CHAINCODE_TLS_CERT": str(identity.tls_certificate),
            "CHAINCODE_TLS_KEY": str(identity.tls_key),
            "CHAINCODE_CLIENT_CA_CERT": str(site.public.ca),
            "WEFTWORK_TREASURERS": ",".join(treasuries),
        },
    )


def announce(organisation: Organisation, site: Site, chaincode: Chaincode, port: int) -> None:
    """Tell the peer's builder where the service of that package listens, and how to be trusted."""
    site.component("chaincode").mkdir(parents=True, exist_ok=True, mode=0o700)
    peer = site.identity("peer")
    connection = {
        "address": f"{organisation.chaincode.host}:{port}",
        "dial_timeout": "10s",
        "tls_required": True,
        "client_auth_required": True,
        "client_cert": peer.tls_certificate.read_text(),
        "client_key": peer.tls_key.read_text(),
        "root_cert": site.public.ca.read_text(),
    }
    files.write(site.services / f"{chaincode.label}.json", json.dumps(connection), mode=0o600)
