"""The command line of a node."""

import asyncio
import sys
from pathlib import Path

import click

from weftwork.errors import EnvironmentFaultError, WeftworkError

__all__ = ["main", "provider_node"]

INTERRUPTED = 130


def main() -> None:
    """Run the command; a mistake is one line and the exit code of its class."""
    try:
        provider_node(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except WeftworkError as error:
        click.echo(f"error: {error}", err=True)
        if "--verbose" in sys.argv and error.__cause__:
            click.echo(f"  caused by {type(error.__cause__).__name__}: {error.__cause__}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"error: {error.filename or 'this machine'}: {error.strerror}", err=True)
        sys.exit(EnvironmentFaultError.exit_code)


config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The node's configuration, node.yaml.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def provider_node() -> None:
    """The daemon that an organisation runs: it trains, leads, and keeps artifacts."""


@provider_node.command()
@config_option
@click.option(
    "--log",
    "style",
    type=click.Choice(["human", "json"]),
    default="human",
    envvar="WEFTWORK_LOG",
    show_envvar=True,
    help="How log lines are written.",
)
@click.option("--verbose", is_flag=True, help="Log what is heard and tried, too.")
def serve(path: Path, style: str, verbose: bool) -> None:
    """Run the node until it is told to stop (SIGTERM, Ctrl-C)."""
    from provider_node import logs
    from provider_node.config import load
    from provider_node.serve import serve as run

    logs.configure("json" if style == "json" else "human", verbose=verbose)
    asyncio.run(run(load(path)))


@provider_node.command()
@config_option
@click.option("--task", help="See whether the data fit this task, whatever others are open.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--verbose", is_flag=True, expose_value=False, help="Add the cause to an error.")
def check(path: Path, task: str | None, as_json: bool) -> None:
    """Try everything that a long run will need, and say what to mend.

    Exits with 0 if the node could run, else with the code of the first thing to mend.
    """
    from provider_node.check import report
    from provider_node.check.run import check as examine
    from provider_node.config import load

    findings = asyncio.run(examine(load(path), task))
    if as_json:
        click.echo(report.as_json(findings))
    else:
        report.show(findings)
    sys.exit(report.exit_code(findings))
