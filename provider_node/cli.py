"""The command line of a node."""

import asyncio
import sys
from pathlib import Path

import click

from weftwork.program import Program, Settings, json_option, setting, verbose_option

__all__ = ["main", "provider_node"]


def main() -> None:
    """Run the command line; never returns."""
    provider_node(prog_name="provider_node")


config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The node's configuration, node.yaml.",
)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
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
@setting("--verbose", is_flag=True, help="Log what is heard and tried, too.")
@click.pass_obj
def serve(settings: Settings, path: Path, style: str) -> None:
    """Run the node until it is told to stop (SIGTERM, Ctrl-C)."""
    from provider_node import logs
    from provider_node.config import load
    from provider_node.serve import serve as run

    logs.configure("json" if style == "json" else "human", verbose=settings.verbose)
    asyncio.run(run(load(path)))


@provider_node.command()
@config_option
@click.option("--task", help="See whether the data fit this task, whatever others are open.")
@json_option
@verbose_option
@click.pass_obj
def check(settings: Settings, path: Path, task: str | None) -> None:
    """Try everything that a long run will need, and say what to mend.

    Exits with 0 if the node could run, else with the code of the first thing to mend.
    """
    from provider_node.check import report
    from provider_node.check.run import check as examine
    from provider_node.config import load

    findings = asyncio.run(examine(load(path), task))
    if settings.json:
        click.echo(report.as_json(findings))
    else:
        report.show(findings)
    sys.exit(report.exit_code(findings))


@provider_node.group()
def policy() -> None:
    """What the owner allows: the policy file, and `privacy` in node.yaml."""


@policy.command("check")
@config_option
@click.argument("task")
@json_option
@verbose_option
@click.pass_obj
def policy_check(settings: Settings, path: Path, task: str) -> None:
    """Say rule by rule whether this node would take part in TASK, and why.

    Nothing is joined. Exits with 0 if it would, and with 5 if a rule refuses.
    """
    from provider_node.config import load
    from provider_node.consent import report
    from provider_node.consent.examination import examine

    examination = asyncio.run(examine(load(path), task))
    if settings.json:
        click.echo(report.as_json(examination))
    else:
        report.show(examination)
    sys.exit(report.exit_code(examination))


@provider_node.command()
@config_option
@click.argument("task")
@click.option(
    "--reason",
    default="the provider has left",
    show_default=True,
    help="What the ledger, and so everyone, will read.",
)
@json_option
@verbose_option
@click.pass_obj
def leave(settings: Settings, path: Path, task: str, reason: str) -> None:
    """Take part in TASK no longer, from its next round on; that is final.

    A running node sees it on the ledger, and needs no restart.
    """
    from provider_node.config import load
    from provider_node.leaving import leave as withdraw

    receipt = asyncio.run(withdraw(load(path), task, reason))
    if settings.json:
        click.echo(receipt.model_dump_json(include={"outcome", "transaction_id"}))
    else:
        click.echo(f"left {task}: {reason}  (transaction {receipt.transaction_id})")


@provider_node.command()
@config_option
@json_option
@verbose_option
@click.pass_obj
def balance(settings: Settings, path: Path) -> None:
    """Show what the node has earned, and what it has."""
    from provider_node import earnings
    from provider_node.config import load

    account = asyncio.run(earnings.account(load(path)))
    if settings.json:
        click.echo(account.model_dump_json())
    else:
        earnings.show(account)


@provider_node.command()
@config_option
@click.argument("task")
@json_option
@verbose_option
@click.pass_obj
def payouts(settings: Settings, path: Path, task: str) -> None:
    """Show who was paid by TASK, and what for; until it ends, what is in escrow for it."""
    from provider_node import earnings
    from provider_node.config import load

    escrow = asyncio.run(earnings.escrow(load(path), task))
    if settings.json:
        click.echo(escrow.model_dump_json())
    else:
        earnings.show(escrow)
