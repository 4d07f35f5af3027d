"""One real network for all tests that need one, on free ports and in a folder of its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from network import binaries, sockets, topology
from network.chaincode_build import build_chaincode
from network.consortium import Consortium
from network.sockets import with_free_ports

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
ORDER = ["unit", "contract", "scenario"]
MOST_WORKERS = 8

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("weftwork", deadline=None)
settings.load_profile("weftwork")


def pytest_configure() -> None:
    """Termination ends the tests as Ctrl-C does: what was started is stopped first.

    A shell's background job ignores interrupts, and so would every program that it tests.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    _keep_ports_apart(os.environ.get("PYTEST_XDIST_WORKER", ""))


def _keep_ports_apart(worker: str) -> None:
    """Of several processes that choose ports for networks at once no two may choose the same."""
    if worker:
        ports, share = sockets._RANGE, len(sockets._RANGE) // MOST_WORKERS
        first = ports.start + int(worker.removeprefix("gw")) % MOST_WORKERS * share
        sockets._RANGE = range(first, first + share)


def pytest_xdist_auto_num_workers() -> int:
    """One more than cores: whoever has the network mostly waits for it."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quickest first; scenarios last, since their nodes join whatever others publish.

    Of several processes that share the tests, one has all those that need the shared network.
    """
    items.sort(key=_kind)
    for item in items:
        if _kind(item) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("network"))


def _kind(item: pytest.Item) -> int:
    return ORDER.index(item.path.relative_to(TESTS).parts[0])


@pytest.fixture(scope="session")
def fabric() -> binaries.Binaries:
    """Fabric's programs, built into the user's cache the first time."""
    return binaries.ensure()


@pytest.fixture(scope="session")
def chaincode() -> Path:
    """The product's chaincode as a program."""
    return build_chaincode(REPOSITORY / "chaincode")


@pytest.fixture(scope="session")
def consortium(
    tmp_path_factory: pytest.TempPathFactory, fabric: binaries.Binaries, chaincode: Path
) -> Iterator[Consortium]:
    """Four organisations with the product's chaincode, their nodes stopped.

    Tests share it: they use names of their own on the ledger, and start the programs they need
    (`consortium.start("factory1.node")`), to stop them again.
    """
    home = tmp_path_factory.mktemp("consortium")
    with Consortium(home, fabric, with_free_ports(topology.load())) as network:
        network.up(chaincode, nodes=False)
        yield network
