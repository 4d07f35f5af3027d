"""One organisation's part: its programs and configuration. Nothing here sees another's keys."""

import sys

from network import ordering, peering
from network.binaries import Binaries
from network.layout import Home, Site
from network.programs import Program
from network.topology import Organisation

_LOGGING = {
    # Gossip, consensus and calls narrate every message at the level above.
    "FABRIC_LOGGING_SPEC": (
        "info:gossip,orderer.consensus.smartbft,comm.grpc.server=warn:grpc=error"
    ),
    "FABRIC_LOGGING_FORMAT": (
        "%{time:2006-01-02T15:04:05.000Z07:00} %{level} [%{module}] %{message}"
    ),
}


def ca_program(organisation: Organisation, site: Site, binaries: Binaries) -> Program:
    """The certificate authority."""
    folder = site.component("ca")
    return Program(
        f"{organisation.name}.ca",
        (str(binaries.fabric_ca_server), "start"),
        folder,
        {"FABRIC_CA_SERVER_HOME": str(folder)},
    )


def orderer_program(organisation: Organisation, site: Site, binaries: Binaries) -> Program:
    """The orderer."""
    folder = site.component("orderer")
    return Program(
        f"{organisation.name}.orderer",
        (str(binaries.orderer), "start"),
        folder,
        {"FABRIC_CFG_PATH": str(folder), **_LOGGING},
    )


def peer_program(organisation: Organisation, site: Site, binaries: Binaries) -> Program:
    """The peer."""
    folder = site.component("peer")
    return Program(
        f"{organisation.name}.peer",
        (str(binaries.peer), "node", "start"),
        folder,
        {
            "FABRIC_CFG_PATH": str(folder),
            peering.SERVICES_VARIABLE: str(site.services),
            **_LOGGING,
        },
    )


def node_program(organisation: Organisation, site: Site) -> Program:
    """The organisation's daemon."""
    folder = site.component("node")
    return Program(
        f"{organisation.name}.node",
        (sys.executable, "-m", "provider_node", "serve", "--config", str(folder / "node.yaml")),
        folder,
    )


def configure(organisation: Organisation, home: Home) -> None:
    """Write the configuration of orderer and peer."""
    site = home.site(organisation.name)
    ordering.configure(organisation, site)
    peering.configure(organisation, site)
    for name in ("ca", "chaincode", "node"):
        site.component(name).mkdir(parents=True, exist_ok=True, mode=0o700)
