"""The founding of a consortium: every organisation's identities, then the first block.

Done once. An organisation that was interrupted starts over; once the genesis block exists the
members are settled and nothing here touches them again.
"""

from functools import partial

from network import authority, connections, genesis, health, site
from network.context import Context
from network.progress import Phases
from network.topology import Organisation

_PATIENCE_SECONDS = 60.0


def found(context: Context, phases: Phases) -> None:
    """Identities for those who lack them, configuration for all, and the genesis block."""
    if not context.home.genesis.exists():
        with phases.phase("identities", "certificate authorities start, everyone enrols"):
            _enrol(context)
    for org in context.topology.organisations:
        site.configure(org, context.home)
        connections.write(context.topology, org, context.home)
    if not context.home.genesis.exists():
        with phases.phase("genesis block", "configtxgen"):
            genesis.make(context.binaries.configtxgen, context.topology, context.home)


def _enrol(context: Context) -> None:
    newcomers = [
        org for org in context.topology.organisations if not authority.enrolled(context.site(org))
    ]
    programs = [site.ca_program(org, context.site(org), context.binaries) for org in newcomers]
    names = [program.name for program in programs]
    # One that an interrupted attempt left running would go on with files that are no more.
    context.supervisor.stop(name for name in names if name in context.supervisor.processes())
    secrets = {org.name: authority.prepare(org, context.site(org)) for org in newcomers}
    context.supervisor.declare(programs)
    context.supervisor.start(names)
    health.wait(
        context.supervisor,
        context.home,
        {f"{org.name}.ca": partial(authority.answers, org) for org in newcomers},
        _PATIENCE_SECONDS,
    )

    def enrol(org: Organisation) -> None:
        if org.name in secrets:
            authority.enrol(org, context.site(org), secrets[org.name])

    context.each(enrol)
    context.supervisor.stop(names)  # to start again with their settled configuration
