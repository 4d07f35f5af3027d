"""The commands of `python -m network`. Each prints what a person or a program needs, and ends."""

import sys
from pathlib import Path

import click

from network import binaries
from network import topology as topologies
from network.chaincode_build import build_chaincode
from network.consortium import Consortium
from network.golang.display import Display
from network.peercli import environment
from network.sockets import with_free_ports
from weftwork.config import weftwork_home
from weftwork.errors import EnvironmentFaultError, UsageError, WeftworkError

CHAINCODE = Path(__file__).parent.parent / "chaincode"

INTERRUPTED = 130


def main() -> None:
    """Run the command; a mistake is one line and the exit code of its class."""
    try:
        network(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except WeftworkError as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        _fail(
            f"{error.filename or 'this machine'}: {error.strerror}", EnvironmentFaultError.exit_code
        )


def _fail(message: str, code: int) -> None:
    click.echo(f"error: {message}", err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    given = topologies.load(topology) if topology else None
    if free_ports and not (weftwork_home() / "topology.yaml").exists():
        given = with_free_ports(given or topologies.load())
    with Display() as display:
        programs = binaries.ensure(display.update)
        chaincode = build_chaincode(CHAINCODE, on_progress=display.update)
        consortium = Consortium(weftwork_home(), programs, given)
        seconds = consortium.up(chaincode, nodes=nodes, on_progress=display.update)
    names = ", ".join(org.name for org in consortium.topology.organisations)
    click.echo(f"{names}: up in {sum(seconds.values()):.1f} s")


@network.command()
def down() -> None:
    """Stop every process; the ledger stays."""
    _consortium().down()


@network.command()
@click.confirmation_option(prompt="Remove the ledger, all keys and all logs?")
def reset() -> None:
    """Stop everything and remove the state folder."""
    _consortium().reset()


@network.command()
@click.argument("organisation")
def env(organisation: str) -> None:
    """Print what the official peer CLI needs to act as ORGANISATION's admin.

    Use it as: eval "$(python -m network env factory1)"
    """
    consortium = _consortium()
    try:
        found = consortium.topology.organisation(organisation)
    except KeyError as error:
        names = ", ".join(org.name for org in consortium.topology.organisations)
        raise UsageError(f"{organisation}: no such organisation; there are {names}") from error
    for name, value in environment(found, consortium.home).items():
        click.echo(f"export {name}={value}")


def _consortium() -> Consortium:
    return Consortium(weftwork_home(), binaries.ensure())
