"""The commands of `python -m network`. Each prints what a person or a program needs, and ends.

What a command needs is imported when it runs, so that each answers as quickly as it can.
"""

import shlex
from pathlib import Path

import click

from network import topology as topologies
from network.layout import Home
from network.steps.display import Display
from network.topology import Topology
from weftwork.config import weftwork_home
from weftwork.errors import NotFoundError, UsageError
from weftwork.program import Program, Settings, json_option, verbose_option

CHAINCODE = Path(__file__).parent.parent / "chaincode"


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@verbose_option
def network() -> None:
    """A real Hyperledger Fabric consortium on this machine.

    State lies in $WEFTWORK_HOME, or .weftwork in the current folder.
    """


@network.command()
@click.option(
    "--topology", type=click.Path(path_type=Path), help="Who takes part, and on which ports."
)
@click.option("--free-ports", is_flag=True, help="Choose ports that nobody uses now.")
@click.option("--nodes/--no-nodes", default=True, help="Start the organisations' nodes, too.")
def up(topology: Path | None, free_ports: bool, nodes: bool) -> None:
    """Start the consortium, or resume a stopped one with its ledger."""
    from network import binaries
    from network.chaincode_build import build_chaincode
    from network.consortium import Consortium

    with Display() as display:
        programs = binaries.ensure(display.update)
        chaincode = build_chaincode(CHAINCODE, on_progress=display.update)
        consortium = Consortium(weftwork_home(), programs, _wanted(topology, free_ports))
        seconds = consortium.up(chaincode, nodes=nodes, on_progress=display.update)
    names = ", ".join(org.name for org in consortium.topology.organisations)
    click.echo(f"{names}: up in {sum(seconds.values()):.1f} s")
    if consortium.topology.tolerated_faults == 0:
        count = len(consortium.topology.organisations)
        click.echo(
            f"orderers: {count}, which tolerate no fault (4 tolerate 1); good for a trial only"
        )


def _wanted(path: Path | None, free_ports: bool) -> Topology | None:
    """The topology asked for; None to go on with the folder's own."""
    wanted = topologies.load(path) if path else None
    if free_ports and not Home(weftwork_home()).topology.exists():
        from network.sockets import with_free_ports

        return with_free_ports(wanted or topologies.load())
    return wanted


@network.command()
def down() -> None:
    """Stop every process; the ledger stays."""
    from network import stopping

    home = Home(weftwork_home())
    if stopping.stop(home):
        click.echo(f"stopped; the ledger stays in {home.root}")
    else:
        click.echo(f"{home.root}: no network here")


@network.command()
@json_option
@click.pass_obj
def status(settings: Settings) -> None:
    """Show each process, its health, block heights, chaincodes and certificates' ends."""
    from network import binaries
    from network.consortium import Consortium

    found = Consortium(_existing().root, binaries.locate()).status()
    if settings.json:
        click.echo(found.model_dump_json(indent=2))
        return
    from rich.console import Console

    from network.show import show

    show(found, Console())


@network.command()
@click.argument("name")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is written from now on.")
@click.option("--lines", "-n", default=100, show_default=True, help="How many of the last lines.")
def logs(name: str, follow: bool, lines: int) -> None:
    """Print the log of process NAME, such as factory1.peer."""
    from network import logs as files

    log = files.path(Home(weftwork_home()), name)
    for line in files.lines(log, lines, follow=follow):
        click.echo(line)


@network.command()
@click.confirmation_option(prompt="Remove the ledger, all keys and all logs?")
def reset() -> None:
    """Stop everything and remove the network's state."""
    from network import stopping

    stopping.remove(Home(weftwork_home()))


@network.command()
@click.argument("organisation")
def env(organisation: str) -> None:
    """Print what the official peer CLI needs to act as ORGANISATION's admin.

    Use it as: eval "$(python -m network env factory1)"
    """
    from network.peercli import environment

    home = _existing()
    members = topologies.load(home.topology).organisations
    found = next((org for org in members if org.name == organisation), None)
    if found is None:
        names = ", ".join(org.name for org in members)
        raise UsageError(f"{organisation}: no such organisation; there are {names}")
    for name, value in environment(found, home).items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _existing() -> Home:
    home = Home(weftwork_home())
    if not home.topology.exists():
        raise NotFoundError(f"{home.root}: no network here yet; run `python -m network up`")
    return home
