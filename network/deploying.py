"""Put a chaincode on the channel: the same package everywhere, each organisation's own consent.

An unchanged chaincode is left alone. A changed one is a new package under the next sequence: the
organisations install and approve it, its services replace the old ones, and the channel commits.
Should it not, the old services are brought back, for the channel still has the old version.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from network import deployment, files, interrupts, lifecycle, service
from network.context import Context
from network.deployment import Deployment
from network.package import Chaincode
from network.progress import Phases
from network.topology import Organisation
from weftwork.errors import WeftworkError

_PATIENCE_SECONDS = 60.0


def deploy(context: Context, chaincode: Chaincode, ports: dict[str, int], phases: Phases) -> None:
    """Have `chaincode` committed, and its services running on `ports` (organisation -> port)."""
    first = context.topology.organisations[0]
    chaincode = deployment.keep(context.home, chaincode)
    channel = context.topology.channel
    current = lifecycle.committed(context.cli(first), channel).get(chaincode.name)
    if current is not None and current.version == chaincode.version:
        _serve(context, Deployment.of(chaincode, ports))
    else:
        sequence = current.sequence + 1 if current else 1
        with phases.phase(f"chaincode {chaincode.name}", f"sequence {sequence}, all approve"):
            _agree(context, chaincode, ports, sequence)
            with _old_one_back_on_failure(context, chaincode):
                _serve(context, Deployment.of(chaincode, ports))
                cli = context.cli(first)
                lifecycle.commit(cli, context.topology, context.home, chaincode, sequence)
    deployment.forget_old(context.home, chaincode.name)
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


@contextmanager
def _old_one_back_on_failure(context: Context, chaincode: Chaincode) -> Iterator[None]:
    """Serve what was served before if the block fails, unless the channel has committed."""
    before = deployment.recall(context.home).get(chaincode.name)
    try:
        yield
    except BaseException:
        # Where that fails, too, the failure that began it is told, and the next `up` mends it.
        with interrupts.deferred(), suppress(WeftworkError, OSError):
            if before and not _committed(context, chaincode):
                _serve(context, before)
        raise


def _committed(context: Context, chaincode: Chaincode) -> bool:
    """Whether the channel has the new version, as the first peer says that answers."""
    for org in context.topology.organisations:
        with suppress(WeftworkError, OSError):
            found = lifecycle.committed(context.cli(org), context.topology.channel)
            return chaincode.name in found and found[chaincode.name].version == chaincode.version
    return False


def _serve(context: Context, wanted: Deployment) -> None:
    """Have the services of this version running; those of another version are replaced."""
    known = deployment.recall(context.home)
    if known.get(wanted.name) != wanted:
        deployment.remember(context.home, (known | {wanted.name: wanted}).values())
        context.supervisor.declare(context.programs())
    context.supervisor.start(
        service.program_name(org, wanted.chaincode) for org in context.topology.organisations
    )
