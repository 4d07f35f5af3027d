"""The probe chaincode beside the product's, and clients of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.node_client import NodeClient
from network.chaincode_build import build_chaincode
from network.consortium import Consortium
from network.package import Chaincode
from tests.contract.ledger.connecting import gateway_of
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Contract, Gateway, Network

SOURCES = Path(__file__).parents[1] / "chaincode"


@pytest.fixture(scope="session")
def probe_network(consortium: Consortium) -> Consortium:
    """The consortium, with the chaincode `probe` on its channel."""
    binary = build_chaincode(SOURCES, "./probe")
    chaincode = Chaincode("probe", binary, SOURCES / "probe" / "collections.json")
    consortium.deploy(chaincode)
    return consortium


@pytest.fixture(scope="session")
def connection(probe_network: Consortium) -> Connection:
    """Of the requester's user."""
    return load_yaml(probe_network.home.requester, Connection)


@pytest.fixture(scope="session")
def factory_connection(probe_network: Consortium) -> Connection:
    """Of the first factory's node."""
    identity = probe_network.home.site("factory1").identity("node")
    return load_yaml(identity.connection, Connection)


@pytest_asyncio.fixture(scope="session")
async def gateway(connection: Connection) -> AsyncIterator[Gateway]:
    """The requester's."""
    async with gateway_of(connection) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def network(gateway: Gateway) -> Network:
    return gateway.network("weftwork")


@pytest.fixture(scope="session")
def probe(network: Network) -> Contract:
    return network.contract("probe")


@pytest.fixture(scope="session")
def node_client(connection: Connection) -> Iterator[NodeClient]:
    """Fabric's official client, as the same identity."""
    with NodeClient(connection) as client:
        yield client
