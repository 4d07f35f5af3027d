"""Put a chaincode on the channel: the same package everywhere, each organisation's own consent.

An unchanged chaincode is left alone. A changed one is a new package under the next sequence: the
organisations install and approve it, its services replace the old ones, and the channel commits.
"""

from network import deployment, files, lifecycle, service
from network.context import Context
from network.deployment import Deployment
from network.package import Chaincode
from network.progress import Phases
from network.topology import Organisation

_PATIENCE_SECONDS = 60.0


def deploy(context: Context, chaincode: Chaincode, ports: dict[str, int], phases: Phases) -> None:
    """Have `chaincode` committed, and its services running on `ports` (organisation -> port)."""
    first = context.topology.organisations[0]
    chaincode = deployment.keep(context.home, chaincode)
    channel = context.topology.channel
    current = lifecycle.committed(context.cli(first), channel).get(chaincode.name)
    if current is not None and current.version == chaincode.version:
        _serve(context, chaincode, ports)
    else:
        sequence = current.sequence + 1 if current else 1
        with phases.phase(f"chaincode {chaincode.name}", f"sequence {sequence}, all approve"):
            _agree(context, chaincode, ports, sequence)
            _serve(context, chaincode, ports)
            cli = context.cli(first)
            lifecycle.commit(cli, context.topology, context.home, chaincode, sequence)
    with phases.phase("gateways", "finding a majority that endorses"):
        from network import ready  # loads the ledger client, which no other command needs

        for org in context.topology.organisations:
            connection = context.site(org).identity("admin").connection
            ready.wait(connection, chaincode.name, _PATIENCE_SECONDS)


def _agree(context: Context, chaincode: Chaincode, ports: dict[str, int], sequence: int) -> None:
    package = context.home.packages / f"{chaincode.label}.tar.gz"
    files.write(package, chaincode.package)

    def agree(org: Organisation) -> None:
        cli = context.cli(org)
        service.announce(org, context.site(org), chaincode, ports[org.name])
        lifecycle.install(cli, package)
        lifecycle.approve(cli, context.topology.channel, chaincode, sequence)

    context.each(agree)


def _serve(context: Context, chaincode: Chaincode, ports: dict[str, int]) -> None:
    """Have the services of this version running; those of another version are replaced."""
    new = Deployment(
        name=chaincode.name,
        binary=chaincode.binary,
        collections=chaincode.collections,
        ports=ports,
    )
    known = deployment.recall(context.home)
    if known.get(chaincode.name) != new:
        deployment.remember(context.home, (known | {chaincode.name: new}).values())
        context.supervisor.declare(context.programs())
    context.supervisor.start(
        service.program_name(org, chaincode) for org in context.topology.organisations
    )
