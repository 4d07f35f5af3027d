"""One organisation's peer: its configuration, and its joining of the channel."""

from pathlib import Path
from typing import Any

from network import files
from network.layout import Site
from network.peercli import PeerCli
from network.topology import Organisation

BUILDER = Path(__file__).with_name("builder")

# Where the builder's `release` finds how to reach this organisation's chaincode services.
SERVICES_VARIABLE = "WEFTWORK_SERVICES"


def configure(organisation: Organisation, site: Site) -> None:
    """Write `core.yaml`. Trust in the other organisations comes with the channel's config."""
    site.services.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.write_yaml(
        site.component("peer") / "core.yaml",
        {
            "peer": _peer(organisation, site),
            "vm": {"endpoint": ""},
            "chaincode": _CHAINCODE,
            "ledger": _ledger(site.component("peer")),
            "operations": {
                "listenAddress": f"{organisation.peer.bind}:{organisation.peer.operations}",
                "tls": _tls(site),
            },
            "metrics": {"provider": "prometheus"},
        },
    )


def join(cli: PeerCli, genesis: Path) -> None:
    """Have the peer take part in the channel of that genesis block; idempotent."""
    cli.run_once("channel", "join", "-b", str(genesis), already="already exists")


def _tls(site: Site) -> dict[str, Any]:
    identity = site.identity("peer")
    return {
        "enabled": True,
        "clientAuthRequired": True,
        "cert": {"file": str(identity.tls_certificate)},
        "key": {"file": str(identity.tls_key)},
        "rootcert": {"file": str(site.public.ca)},
        "clientRootCAs": {"files": [str(site.public.ca)]},
    }


def _peer(organisation: Organisation, site: Site) -> dict[str, Any]:
    peer = organisation.peer
    return {
        "id": f"peer.{organisation.name}",
        "networkId": "weftwork",
        "listenAddress": f"{peer.bind}:{peer.port}",
        "address": peer.endpoint,
        # Chaincode is a service that the peer dials: nothing connects here, so any port will do.
        "chaincodeListenAddress": "127.0.0.1:0",
        "chaincodeAddress": "127.0.0.1:0",
        "fileSystemPath": str(site.component("peer") / "data"),
        "mspConfigPath": str(site.identity("peer").msp),
        "localMspId": organisation.msp_id,
        "localMspType": "bccsp",
        "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
        "tls": _tls(site),
        "gateway": {
            "enabled": True,
            "endorsementTimeout": "30s",
            "broadcastTimeout": "30s",
            "dialTimeout": "10s",
        },
        "gossip": {**_GOSSIP, "bootstrap": peer.endpoint, "externalEndpoint": peer.endpoint},
        "deliveryclient": {
            "blockGossipEnabled": False,
            "reconnectTotalTimeThreshold": "3600s",
            "connTimeout": "3s",
            "reConnectBackoffThreshold": "10s",
            "minimalReconnectInterval": "100ms",
            "blockCensorshipTimeoutKey": "5s",
            "policy": "cluster",
        },
        "keepalive": {"client": {"interval": "60s", "timeout": "20s"}, "minInterval": "30s"},
        # Of the `peer` command line: a peer listens a while before it answers on a busy machine.
        "client": {"connTimeout": "20s"},
        "authentication": {"timewindow": "15m"},
        "discovery": {"enabled": True, "authCacheEnabled": True, "authCacheMaxSize": 1000},
        "handlers": _HANDLERS,
        "limits": {
            "concurrency": {"endorserService": 2500, "deliverService": 2500, "gatewayService": 500}
        },
        "maxRecvMsgSize": 100 << 20,
        "maxSendMsgSize": 100 << 20,
    }


# Peers meet through the channel's anchor peers. The shorter intervals let a peer that has just
# started know the others, and what they have installed, within a second or two instead of half a
# minute: until then its gateway cannot collect the endorsements of a majority.
_GOSSIP = {
    "useLeaderElection": False,
    "orgLeader": True,
    "reconnectInterval": "1s",
    "aliveTimeInterval": "1s",
    "aliveExpirationTimeout": "10s",
    "publishStateInfoInterval": "1s",
    "requestStateInfoInterval": "1s",
    "publishCertPeriod": "5s",
    "membershipTrackerInterval": "5s",
    "state": {"enabled": False},
    "pvtData": {
        "pullRetryThreshold": "5s",
        "transientstoreMaxBlockRetention": 20000,
        "pushAckTimeout": "3s",
        "btlPullMargin": 10,
        "reconcileBatchSize": 10,
        "reconcileSleepInterval": "10s",
        "reconciliationEnabled": True,
        "skipPullingInvalidTransactionsDuringCommit": True,
        "implicitCollectionDisseminationPolicy": {"requiredPeerCount": 0, "maxPeerCount": 1},
    },
}

_HANDLERS = {
    "authFilters": [
        {"name": "DefaultAuth"},
        {"name": "ExpirationCheck"},
        {"name": "TimeWindowCheck"},
    ],
    "decorators": [{"name": "DefaultDecorator"}],
    "endorsers": {"escc": {"name": "DefaultEndorsement"}},
    "validators": {"vscc": {"name": "DefaultValidation"}},
}

_CHAINCODE = {
    "mode": "net",
    "installTimeout": "60s",
    "startuptimeout": "60s",
    "executetimeout": "30s",
    "externalBuilders": [
        {
            "name": "weftwork-service",
            "path": str(BUILDER),
            "propagateEnvironment": [SERVICES_VARIABLE],
        }
    ],
    "system": dict.fromkeys(("_lifecycle", "cscc", "lscc", "qscc"), "enable"),
    "logging": {"level": "info", "shim": "warning"},
    "runtimeParams": {
        "useWriteBatch": True,
        "maxSizeWriteBatch": 1000,
        "useGetMultipleKeys": True,
        "maxSizeGetMultipleKeys": 1000,
    },
}


def _ledger(folder: Path) -> dict[str, Any]:
    return {
        "state": {"stateDatabase": "goleveldb", "totalQueryLimit": 100000},
        "history": {"enableHistoryDatabase": True},
        "pvtdataStore": {
            "collElgProcMaxDbBatchSize": 5000,
            "collElgProcDbBatchesInterval": 1000,
            "deprioritizedDataReconcilerInterval": "60m",
            "purgeInterval": 100,
        },
        "snapshots": {"rootDir": str(folder / "snapshots")},
    }
