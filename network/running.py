"""Have the founded consortium's processes running and taking part in the channel."""

from functools import partial

from network import health, operations, ordering, peering, sockets
from network.context import Context
from network.progress import Phases
from network.topology import Organisation

_PATIENCE_SECONDS = 60.0

_OTHER_PORTS = (
    ", or give other ports in a topology file (--topology FILE), or have them chosen (--free-ports)"
)

_FABRIC = ("ca", "orderer", "peer")


def start(context: Context, phases: Phases) -> None:
    """Start certificate authorities, orderers, peers and chaincode services; join the channel."""
    with phases.phase("orderers and peers", "starting"):
        programs = context.programs()
        context.supervisor.declare(programs)
        context.supervisor.start(p.name for p in programs if not p.name.endswith(".node"))
        wait(context, _FABRIC)
    with phases.phase("channel", "joining"):
        context.each(partial(_join, context))


def start_nodes(context: Context, phases: Phases) -> None:
    """Start every organisation's node, and wait until it listens."""
    with phases.phase("nodes", "starting"):
        context.supervisor.start(f"{org.name}.node" for org in context.topology.organisations)
        wait(context, ("node",))


def wait(context: Context, components: tuple[str, ...]) -> None:
    """Return when those components of every organisation are healthy."""
    checks = {
        f"{org.name}.{name}": partial(healthy, context, org, name)
        for org in context.topology.organisations
        for name in components
    }
    health.wait(context.supervisor, context.home, checks, _PATIENCE_SECONDS)


def healthy(context: Context, organisation: Organisation, name: str) -> bool:
    """Whether the component says that it is well, and listens on all its ports."""
    component = organisation.components()[name]
    if "operations" in component.ports():
        http = context.http(organisation)
        return operations.health(http, component) == "OK" and health.listens(component)
    return health.listens(component)


def refuse_taken_ports(context: Context) -> None:
    """Before anything starts: every port that a program of ours will need is free."""
    states = context.supervisor.processes().values()
    running = [process.name for process in states if process.pid]
    # The addresses of a network that was founded are in its channel, and stay.
    advice = "" if context.home.genesis.exists() else _OTHER_PORTS
    sockets.refuse_taken_ports(context.topology, but=running, advice=advice)


def _join(context: Context, organisation: Organisation) -> None:
    channel, http = context.topology.channel, context.http(organisation)
    genesis = context.home.genesis
    ordering.join(http, organisation.orderer, channel, genesis.read_bytes())
    # A peer that has only just started may not have opened its ledgers yet, and joins in vain.
    if operations.block_height(http, organisation.peer, channel) is None:
        peering.join(context.cli(organisation), genesis)
