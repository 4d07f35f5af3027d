"""Who takes part: a name for each identity, and what its certificate says."""

from weftwork.audit.findings import require
from weftwork.audit.world import Call, Record, World, Writes

__all__ = ["deactivate", "register", "update_endpoint"]

ROLES = ("provider", "archive", "requester")


def register(call: Call, world: World) -> Writes:
    """An identity takes a free name, or comes back under its own."""
    name, endpoint = call.take(2)
    require(call.role in ROLES, f"the certificate grants the role {call.role!r}")
    before = world.get("participant", name)
    if before is None:
        require(not call.name, f"the identity is registered as {call.name}")
        new = {"name": name, "registered_at_ms": call.now_ms}
        return _written(call, new, endpoint) | {("identity", call.msp, call.id): {"name": name}}
    require(call.name == name, f"the name {name} is another identity's")
    require(before["state"] == "INACTIVE", f"{name} is registered already")
    return _written(call, before, endpoint)


def update_endpoint(call: Call, world: World) -> Writes:
    """The participant says where it is reached, and shows its new certificate."""
    (endpoint,) = call.take(1)
    require(call.role in ROLES, f"the certificate grants the role {call.role!r}")
    before = _own(call, world)
    return _written(call, before, endpoint)


def deactivate(call: Call, world: World) -> Writes:
    """The participant takes on nothing new."""
    call.take(0)
    before = _own(call, world)
    after = before | {"state": "INACTIVE", "tx_id": call.tx_id}
    return {("participant", before["name"]): after}


def _own(call: Call, world: World) -> Record:
    before = world.need("participant", call.name)
    require(before["state"] == "ACTIVE", f"{call.name} is {before['state']}")
    return before


def _written(call: Call, before: Record, endpoint: str) -> Writes:
    after = before | {
        "msp_id": call.msp,
        "common_name": call.common_name,
        "role": call.role,
        "certificate": call.pem,
        "endpoint": endpoint,
        "state": "ACTIVE",
        "tx_id": call.tx_id,
    }
    return {("participant", before["name"]): after}
