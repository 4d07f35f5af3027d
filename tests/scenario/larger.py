"""A consortium of more providers than the default one has, so that a committee can be of five."""

from copy import deepcopy
from typing import Any

from network import topology
from network.topology import Topology

# Each class is known to three factories, and no two of them know the same ones.
CLASSES = {
    "factory1": [0, 1, 2, 3, 4],
    "factory2": [5, 6, 7, 8, 9],
    "factory3": [0, 2, 4, 6, 8],
    "factory4": [1, 3, 5, 7, 9],
    "factory5": [0, 1, 4, 5, 8],
    "factory6": [2, 3, 6, 7, 9],
}


def six_providers() -> Topology:
    """The default consortium's requester, and factories made after its first one."""
    requester, pattern, *_ = topology.load().model_dump(mode="json")["organisations"]
    factories = [_factory(pattern, number, name) for number, name in enumerate(CLASSES, 1)]
    return Topology.model_validate({"organisations": [requester, *factories]})


def _factory(pattern: dict[str, Any], number: int, name: str) -> dict[str, Any]:
    """A copy with a name, ports and classes of its own."""
    copy = deepcopy(pattern) | {"name": name, "msp_id": f"{name.capitalize()}MSP"}
    for component in ("ca", "orderer", "peer", "chaincode", "node"):
        for purpose in {"port", "admin", "operations"} & copy[component].keys():
            copy[component][purpose] += 100 * number
    [data] = copy["node"]["data"]
    data["source"]["classes"] = CLASSES[name]
    return copy
