"""The channel's first block: who its members are, and by which rules they decide."""

import subprocess
from pathlib import Path
from typing import Any

from network import files
from network.layout import Home
from network.topology import Organisation, Topology
from weftwork.errors import WeftworkError

_PROFILE = "Weftwork"


def make(configtxgen: Path, topology: Topology, home: Home) -> None:
    """Write `configtx.yaml` and the genesis block, from public files alone."""
    files.write_yaml(home.channel / "configtx.yaml", configtx(topology, home))
    temporary = home.channel / "genesis.block.new"
    done = subprocess.run(
        [
            *(configtxgen, "-profile", _PROFILE, "-channelID", topology.channel),
            *("-configPath", home.channel, "-outputBlock", temporary),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise WeftworkError(f"configtxgen makes no genesis block: {reason[0]}")
    temporary.replace(home.genesis)


def configtx(topology: Topology, home: Home) -> dict[str, Any]:
    """The content of `configtx.yaml`: BFT ordering, and a majority for every decision."""
    return {
        "Profiles": {
            _PROFILE: {
                "Policies": _policies(),
                "Capabilities": {"V3_0": True},
                "Orderer": {
                    "OrdererType": "BFT",
                    "BatchTimeout": "10ms",
                    "BatchSize": _BATCH_SIZE,
                    "SmartBFT": _SMART_BFT,
                    "ConsenterMapping": [
                        _consenter(number, org, home)
                        for number, org in enumerate(topology.organisations, start=1)
                    ],
                    "Policies": _policies() | {"BlockValidation": _implicit("ANY Writers")},
                    "Capabilities": {"V2_0": True},
                    # Consenters sign their votes with their orderer's certificate.
                    "Organizations": [
                        _organisation(org, home, ("admin", "client", "orderer"))
                        for org in topology.organisations
                    ],
                },
                "Application": {
                    "Policies": _policies()
                    | {
                        "Endorsement": _implicit("MAJORITY Endorsement"),
                        "LifecycleEndorsement": _implicit("MAJORITY Endorsement"),
                    },
                    "Capabilities": {"V2_5": True},
                    "Organizations": [
                        _organisation(org, home, ("admin", "client"))
                        for org in topology.organisations
                    ],
                },
            }
        }
    }


# A block is cut at once when a request waits, so that an idle network answers within a
# tenth of a second; under load blocks still fill while the previous one is being agreed on.
_BATCH_SIZE = {
    "MaxMessageCount": 100,
    "AbsoluteMaxBytes": 10 << 20,
    "PreferredMaxBytes": 2 << 20,
}

# A request that the leader does not order is forwarded, then complained about, then the leader
# is changed: a silent leader costs about fifteen seconds, a stopped one its heartbeats.
_SMART_BFT = {
    "RequestBatchMaxCount": _BATCH_SIZE["MaxMessageCount"],
    "RequestBatchMaxBytes": _BATCH_SIZE["AbsoluteMaxBytes"],
    "RequestBatchMaxInterval": "10ms",
    "RequestMaxBytes": _BATCH_SIZE["AbsoluteMaxBytes"],
    "RequestPoolSize": 4000,
    "RequestForwardTimeout": "2s",
    "RequestComplainTimeout": "10s",
    "RequestAutoRemoveTimeout": "3m",
    "IncomingMessageBufferSize": 200,
    "ViewChangeResendInterval": "2s",
    "ViewChangeTimeout": "20s",
    "LeaderHeartbeatTimeout": "10s",
    "LeaderHeartbeatCount": 10,
    "CollectTimeout": "1s",
    "SyncOnStart": False,
    "SpeedUpViewChange": False,
}


def _organisation(org: Organisation, home: Home, writers: tuple[str, ...]) -> dict[str, Any]:
    msp = org.msp_id
    may_write = ", ".join(f"'{msp}.{kind}'" for kind in writers)
    return {
        "Name": org.name,
        "ID": msp,
        "MSPDir": str(home.public(org.name).msp),
        "Policies": {
            "Readers": _signed(f"OR('{msp}.member')"),
            "Writers": _signed(f"OR({may_write})"),
            "Admins": _signed(f"OR('{msp}.admin')"),
            "Endorsement": _signed(f"OR('{msp}.peer')"),
        },
        "OrdererEndpoints": [org.orderer.endpoint],
        "AnchorPeers": [{"Host": org.peer.host, "Port": org.peer.port}],
    }


def _consenter(number: int, org: Organisation, home: Home) -> dict[str, Any]:
    public = home.public(org.name)
    return {
        "ID": number,
        "Host": org.orderer.host,
        "Port": org.orderer.port,
        "MSPID": org.msp_id,
        "Identity": str(public.orderer_identity),
        "ClientTLSCert": str(public.orderer_tls),
        "ServerTLSCert": str(public.orderer_tls),
    }


def _policies() -> dict[str, dict[str, str]]:
    return {
        "Readers": _implicit("ANY Readers"),
        "Writers": _implicit("ANY Writers"),
        "Admins": _implicit("MAJORITY Admins"),
    }


def _implicit(rule: str) -> dict[str, str]:
    return {"Type": "ImplicitMeta", "Rule": rule}


def _signed(rule: str) -> dict[str, str]:
    return {"Type": "Signature", "Rule": rule}
