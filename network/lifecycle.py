"""Chaincode lifecycle: install, approve, commit; each step is one organisation's."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from network.layout import Home
from network.package import Chaincode
from network.peercli import PeerCli
from network.topology import Topology
from weftwork.errors import RefusedError

# How long peers may take to have the same blocks.
LAG_SECONDS = 20


@dataclass(frozen=True)
class Definition:
    """What the channel has committed under a chaincode's name."""

    name: str
    version: str
    sequence: int


def committed(cli: PeerCli, channel: str) -> dict[str, Definition]:
    """The channel's chaincodes by name, as the organisation's peer has them."""
    rows = _json(cli, "querycommitted", "-C", channel).get("chaincode_definitions", [])
    return {row["name"]: Definition(row["name"], row["version"], row["sequence"]) for row in rows}


def install(cli: PeerCli, package: Path) -> None:
    """Put the package on the organisation's peer; `package` is the file of its bytes."""
    cli.run_once(
        *("lifecycle", "chaincode", "install", str(package)),
        already="already successfully installed",
    )


def approve(cli: PeerCli, channel: str, chaincode: Chaincode, sequence: int) -> None:
    """The consent of the organisation of `cli` to this definition, by its admin."""
    cli.run_once(
        *("lifecycle", "chaincode", "approveformyorg"),
        *_definition(channel, chaincode, sequence),
        *("--package-id", chaincode.package_id),
        *cli.orderer(),
        already="with unchanged content",
    )


def commit(
    cli: PeerCli, topology: Topology, home: Home, chaincode: Chaincode, sequence: int
) -> None:
    """Make the definition that a majority approved the channel's; sent by one organisation.

    A peer that has not heard of the last approval yet answers otherwise than the rest; asked again
    a moment later, all agree.
    """
    endorsers = [
        option
        for org in topology.organisations
        for option in (
            *("--peerAddresses", org.peer.endpoint),
            *("--tlsRootCertFiles", str(home.public(org.name).ca)),
        )
    ]
    agreeing = Retrying(
        retry=retry_if_exception(_some_lag),
        stop=stop_after_delay(LAG_SECONDS),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    agreeing(
        cli.run,
        *("lifecycle", "chaincode", "commit"),
        *_definition(topology.channel, chaincode, sequence),
        *endorsers,
        *cli.orderer(),
    )


def _some_lag(error: BaseException) -> bool:
    return isinstance(error, RefusedError) and "ProposalResponsePayloads do not match" in str(error)


def _definition(channel: str, chaincode: Chaincode, sequence: int) -> list[str]:
    options = [
        *("--channelID", channel, "--name", chaincode.name),
        *("--version", chaincode.version, "--sequence", str(sequence)),
    ]
    if chaincode.collections:
        options += ["--collections-config", str(chaincode.collections)]
    return options


def _json(cli: PeerCli, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        cli.run("lifecycle", "chaincode", *arguments, "--output", "json")
    )
    return found
