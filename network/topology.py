"""Who is in the consortium and where each of its components listens. Pure: reads, checks, renders.

The file names organisations; every component of an organisation has its own host and ports, so
the same code serves one machine and n sites.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, model_validator

from weftwork.config import Device, Strict, load_yaml
from weftwork.errors import ConfigError
from weftwork.learning.data import LocalData

DEFAULT = Path(__file__).with_name("topology.yaml")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
MspId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.-]{0,62}$")]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Component(Strict):
    """One process: `host` is the name that others reach it by."""

    host: Host = "localhost"
    port: Port

    @property
    def endpoint(self) -> str:
        """`host:port`, as others dial it."""
        return f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether nobody outside this machine reaches it."""
        return self.host in {"localhost", "127.0.0.1"}

    @property
    def bind(self) -> str:
        """The address to listen on: loopback for a local host, every interface otherwise."""
        return "127.0.0.1" if self.is_local else "0.0.0.0"  # noqa: S104 - behind mutual TLS

    def ports(self) -> dict[str, int]:
        """Purpose to port, of every port this component listens on."""
        dumped = self.model_dump(include={"port", "admin", "operations"})
        return {purpose: dumped[purpose] for purpose in sorted(dumped)}


class Authority(Component):
    """A Fabric CA: signs the organisation's enrolment and TLS certificates."""

    operations: Port


class Orderer(Component):
    """A BFT orderer; `admin` is its channel participation API."""

    admin: Port
    operations: Port


class Peer(Component):
    """A peer, which also runs the Fabric Gateway service."""

    operations: Port


class Chaincode(Component):
    """The organisation's own instance of the chaincode, run as a service."""


class Node(Component):
    """The organisation's daemon; the rest is what its first `node.yaml` says."""

    role: Literal["provider", "archive"] = "provider"
    data: tuple[LocalData, ...] = Field((), description="what its owner offers to train on")
    device: Device = "cpu"
    threads: int = Field(
        0, ge=0, le=1024, description="that it trains with; 0: as many as torch likes"
    )

    @model_validator(mode="after")
    def _data_of_providers(self) -> "Node":
        if self.role == "provider" and not self.data:
            raise ValueError("a provider needs at least one entry under data; or role: archive")
        if self.role == "archive" and self.data:
            raise ValueError("an archive trains nothing: remove data, or set role: provider")
        _refuse_repetition("data set", "name", [entry.name for entry in self.data])
        return self


class Organisation(Strict):
    """A member: its name, its MSP ID, and one of each component."""

    name: Name
    msp_id: MspId
    user: bool = Field(False, description="has a user who publishes tasks (role requester)")
    treasurer: bool = Field(False, description="has one who makes deposits, as all others accept")
    ca: Authority
    orderer: Orderer
    peer: Peer
    chaincode: Chaincode
    node: Node

    def components(self) -> dict[str, Component]:
        """Component name to component, in the order in which they start."""
        return {
            "ca": self.ca,
            "orderer": self.orderer,
            "peer": self.peer,
            "chaincode": self.chaincode,
            "node": self.node,
        }


class Topology(Strict):
    """The consortium. Names, MSP IDs and (host, port) pairs are unique."""

    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,248}$")] = "weftwork"
    organisations: Annotated[tuple[Organisation, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> "Topology":
        _refuse_repetition("organisation", "name", [org.name for org in self.organisations])
        _refuse_repetition("organisation", "msp_id", [org.msp_id for org in self.organisations])
        holders: dict[tuple[str, int], list[str]] = defaultdict(list)
        for owner, host, port in self.listeners():
            holders[(host, port)].append(owner)
        clashes = [
            f"{host}:{port} is given to {' and '.join(owners)}"
            for (host, port), owners in holders.items()
            if len(owners) > 1
        ]
        if clashes:
            raise ValueError(f"each port needs one owner; {'; '.join(clashes)}")
        return self

    @property
    def tolerated_faults(self) -> int:
        """How many orderers may fail or lie at once: 3f + 1 orderers tolerate f."""
        return (len(self.organisations) - 1) // 3

    @property
    def treasuries(self) -> tuple[str, ...]:
        """The MSP IDs of the organisations whose treasurers make deposits."""
        return tuple(org.msp_id for org in self.organisations if org.treasurer)

    def organisation(self, name: str) -> Organisation:
        """The organisation of that name; `KeyError` if there is none."""
        return {org.name: org for org in self.organisations}[name]

    def listeners(self) -> Iterator[tuple[str, str, int]]:
        """(owner, host, port) of everything that listens; owner as `factory1.peer operations`."""
        for org in self.organisations:
            for name, component in org.components().items():
                for purpose, port in component.ports().items():
                    suffix = "" if purpose == "port" else f" {purpose}"
                    yield f"{org.name}.{name}{suffix}", component.host, port

    def with_ports(self, ports: Mapping[str, int]) -> "Topology":
        """The same consortium with each owner (as `listeners` names it) on its port of `ports`."""
        data = self.model_dump(mode="json")
        for org in data["organisations"]:
            for name in ("ca", "orderer", "peer", "chaincode", "node"):
                for purpose in {"port", "admin", "operations"} & org[name].keys():
                    suffix = "" if purpose == "port" else f" {purpose}"
                    org[name][purpose] = ports[f"{org['name']}.{name}{suffix}"]
        return Topology.model_validate(data)

    def render(self) -> str:
        """YAML that `load` reads back to an equal topology."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


def load(path: Path = DEFAULT) -> Topology:
    """Read and check a topology file; `ConfigError` with every mistake and its line."""
    return load_yaml(path, Topology)


def require_local(topology: Topology) -> None:
    """`ConfigError` naming the components that are to run elsewhere: here all run here."""
    remote = sorted(
        f"{org.name}.{name} ({component.host})"
        for org in topology.organisations
        for name, component in org.components().items()
        if not component.is_local
    )
    if remote:
        raise ConfigError(
            "the local consortium runs every organisation here: host must be localhost, "
            f"unlike that of {', '.join(remote)}"
        )


def _refuse_repetition(what: str, key: str, values: list[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"each {what} needs its own {key}; repeated: {', '.join(repeated)}")
