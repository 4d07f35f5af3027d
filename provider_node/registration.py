"""Stage 1: this node's own record on the ledger, kept true."""

from dataclasses import dataclass

import structlog

from provider_node.config import NodeConfig
from weftwork.errors import NotFoundError, RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant

__all__ = ["Register", "UpdateEndpoint", "owed_registration", "recorded_as", "register"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Register:
    """Take the name, or become active again."""


@dataclass(frozen=True)
class UpdateEndpoint:
    """Announce the endpoint and the certificate that this node has now."""


def owed_registration(
    recorded: Participant | None, endpoint: str, certificate: str
) -> Register | UpdateEndpoint | None:
    """What the node owes to its record, going by what it is now."""
    if recorded is None or recorded.state != "ACTIVE":
        return Register()
    if recorded.endpoint != endpoint or recorded.certificate.strip() != certificate.strip():
        return UpdateEndpoint()
    return None


async def register(ledger: Ledger, config: NodeConfig, certificate: str) -> None:
    """Bring the record up to date.

    Raises `RefusedError` where the name is another identity's, or the role another one.
    """
    recorded = await recorded_as(ledger, config.name)
    match owed_registration(recorded, config.endpoint, certificate):
        case Register():
            await ledger.participants.register(config.name, config.endpoint)
            log.info("registered", name=config.name, endpoint=config.endpoint)
        case UpdateEndpoint():
            await ledger.participants.update_endpoint(config.endpoint)
            log.info("announced anew", name=config.name, endpoint=config.endpoint)
    role = (await ledger.participants.get(config.name)).role
    if role != config.role:
        raise RefusedError(
            f"the certificate grants role {role}, node.yaml says {config.role};"
            f" enrol with attribute weftwork.role={config.role}, or change role in node.yaml",
            "PERMISSION_DENIED",
        )


async def recorded_as(ledger: Ledger, name: str) -> Participant | None:
    """Our record under `name`, if there is one. Raises `RefusedError` if it is somebody else's."""
    try:
        recorded = await ledger.participants.get(name)
    except NotFoundError:
        return None
    if (recorded.msp_id, recorded.common_name) != (ledger.msp_id, ledger.common_name):
        raise RefusedError(
            f"name {name!r} belongs to {recorded.common_name} of {recorded.msp_id};"
            " choose another name in node.yaml",
            "ALREADY_EXISTS",
        )
    return recorded
