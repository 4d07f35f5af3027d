"""The identities of an organisation: what they are, what they may do, and where they serve."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network.topology import Component, Organisation

if TYPE_CHECKING:  # its CA client takes half a second to load
    from weftwork.identity import Kind

ROLE = "weftwork.role"


@dataclass(frozen=True)
class Member:
    """`name` is its folder; the CA and its certificates know it as NAME.ORGANISATION."""

    name: str
    kind: "Kind"
    hosts: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)


def enrolment_id(name: str, organisation: Organisation) -> str:
    """The common name in the certificates of that identity."""
    return f"{name}.{organisation.name}"


def members(organisation: Organisation) -> list[Member]:
    """Everyone but the admin, whom the CA knows from its first start."""
    found = [
        Member("ca", "client", _names(organisation.ca)),
        Member("orderer", "orderer", _names(organisation.orderer)),
        Member("peer", "peer", _names(organisation.peer)),
        Member("chaincode", "client", _names(organisation.chaincode)),
        Member("node", "client", _names(organisation.node), {ROLE: organisation.node.role}),
    ]
    if organisation.user:
        found.append(Member("requester", "client", (), {ROLE: "requester"}))
    if organisation.treasurer:
        found.append(Member("treasurer", "client", (), {ROLE: "treasurer"}))
    return found


def _names(component: Component) -> tuple[str, ...]:
    """Host names and addresses of a server's certificate; local tools dial the loopback."""
    return tuple(dict.fromkeys((component.host, "localhost", "127.0.0.1")))
