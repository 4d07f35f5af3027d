"""One organisation's orderer: its configuration, and its joining of the channel."""

import httpx

from network import files
from network.layout import Site
from network.topology import Orderer, Organisation
from weftwork.errors import ConnectionFailedError, RefusedError


def configure(organisation: Organisation, site: Site) -> None:
    """Write `orderer.yaml`. Trust in the other organisations comes with the channel's config."""
    orderer, identity = organisation.orderer, site.identity("orderer")
    folder = site.component("orderer")
    pair = {
        "Enabled": True,
        "Certificate": str(identity.tls_certificate),
        "PrivateKey": str(identity.tls_key),
        "ClientAuthRequired": True,
        "ClientRootCAs": [str(site.public.ca)],
    }
    files.write_yaml(
        folder / "orderer.yaml",
        {
            "General": {
                "ListenAddress": orderer.bind,
                "ListenPort": orderer.port,
                "TLS": {**pair, "RootCAs": [str(site.public.ca)]},
                "BootstrapMethod": "none",
                # The other policy, "consensus", does not name its TLS certificate when it asks for
                # blocks, and orderers that demand client certificates refuse it (Fabric 3.1.1).
                "Cluster": {"ReplicationPolicy": "simple"},
                "LocalMSPDir": str(identity.msp),
                "LocalMSPID": organisation.msp_id,
                "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
            },
            "FileLedger": {"Location": str(folder / "data")},
            "Consensus": {"WALDir": str(folder / "wal"), "SnapDir": str(folder / "snapshots")},
            "ChannelParticipation": {"Enabled": True, "MaxRequestBodySize": "4 MB"},
            "Admin": {"ListenAddress": f"{orderer.bind}:{orderer.admin}", "TLS": pair},
            "Operations": {"ListenAddress": f"{orderer.bind}:{orderer.operations}", "TLS": pair},
            "Metrics": {"Provider": "prometheus"},
        },
    )


def join(http: httpx.Client, orderer: Orderer, channel: str, genesis: bytes) -> None:
    """Have the orderer take part in `channel`, through its participation API; idempotent."""
    base = f"https://{orderer.host}:{orderer.admin}/participation/v1/channels"
    try:
        if http.get(f"{base}/{channel}").status_code == httpx.codes.OK:
            return
        reply = http.post(base, files={"config-block": ("genesis.block", genesis)})
    except httpx.HTTPError as error:
        raise ConnectionFailedError(f"orderer {base}: {error}") from error
    if reply.status_code != httpx.codes.CREATED:
        raise RefusedError(
            f"orderer {orderer.endpoint} does not join {channel}: {reply.text.strip()}"
        )
