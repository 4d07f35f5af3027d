"""Whether all went by the rules."""

from pathlib import Path

import click

from requester_cli.commands.arguments import store_option, task_argument
from requester_cli.settings import Settings, common


@click.command("explain-election")
@task_argument
@click.argument("round_number", metavar="ROUND", type=click.IntRange(1))
@common
@click.pass_obj
def explain_election(settings: Settings, task: str, round_number: int) -> None:
    """Show why a round is decided by whom.

    Computes the election of ROUND of TASK again from the standings that it went by, and says
    whether the ledger has the same.
    """
    from requester_cli.explain import explain

    explain(settings, task, round_number)


@click.command("export")
@task_argument
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A folder, or a file NAME.tar  [default: a folder named TASK.bundle].",
)
@store_option
@common
@click.pass_obj
def export_task(
    settings: Settings, task: str, output: Path | None, stores: tuple[Path, ...]
) -> None:
    """Write all that an auditor needs into a bundle.

    The blocks of the channel, the organisations' root certificates, and the artifacts of TASK that
    you may have; what you may not is listed in it.
    """
    from requester_cli.export import export

    export(settings, task, output or Path(f"{task}.bundle"), stores)


@click.command("verify")
@task_argument
@click.option(
    "--bundle",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="What `export` wrote  [default: TASK.bundle].",
)
@click.option("--deep", is_flag=True, help="Recompute every aggregate from the updates, too.")
@click.option(
    "--genesis",
    metavar="HASH",
    help="The hash of the channel's first block, as you know it from elsewhere.",
)
@click.option(
    "--treasurer",
    "treasurers",
    metavar="MSP",
    multiple=True,
    help="Whose treasurers may pay in; may be given again  [default: anybody's, and it is told].",
)
@store_option
@common
@click.pass_obj
def verify_task(
    settings: Settings,
    task: str,
    bundle: Path | None,
    deep: bool,
    genesis: str | None,
    treasurers: tuple[str, ...],
    stores: tuple[Path, ...],
) -> None:
    """Check an exported bundle as an auditor does.

    Needs no network. Every block, certificate, signature and endorsement is checked, every call is
    made again by the rules, and what it wrote is compared. Exits with 7 if something does not hold,
    with 11 if --deep could not recompute every aggregate.
    """
    from requester_cli.verify import verify

    path = bundle or Path(f"{task}.bundle")
    verify(settings, task, path, stores, deep, genesis, treasurers)
