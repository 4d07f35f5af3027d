"""The words of the command line: commands, arguments, options, help. The work is elsewhere."""

from pathlib import Path

import click

from requester_cli.completion import SHELLS, task_ids
from requester_cli.settings import Settings, common
from weftwork.program import Program

STATES = ["PUBLISHED", "RUNNING", "FINISHED", "CANCELLED", "HALTED"]

task_argument = click.argument("task", shell_complete=task_ids)
file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group(
    cls=Program, settings=Settings, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="weftwork")
@common
def cli() -> None:
    """Have a model trained by factories that keep their data to themselves."""


@cli.command("simulate")
@file_argument
@click.option(
    "--data",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Data sets, listed under `data` as in a node's file; each is a provider's.",
)
@click.option(
    "--providers",
    metavar="N",
    type=click.IntRange(1, 1000),
    help="Divide the one data set among so many.",
)
@click.option(
    "--divide",
    metavar="HOW",
    default="equal",
    show_default=True,
    help="equal, sizes, dirichlet, classes or shards; with a number as in dirichlet:0.3.",
)
@click.option("--rounds", metavar="N", type=click.IntRange(1), help="In the place of the task's.")
@common
@click.pass_obj
def simulate(
    settings: Settings,
    file: Path,
    data: Path,
    providers: int | None,
    divide: str,
    rounds: int | None,
) -> None:
    """Train the task in FILE here, on data of your own.

    Nothing is published and no network is needed: it shows what a model, its parameters and a
    privacy budget come to before others are asked.
    """
    from requester_cli.simulate import run

    run(settings, file, data, providers, divide, rounds)


@cli.command("register")
@common
@click.pass_obj
def register(settings: Settings) -> None:
    """Take part under a name of your own.

    The name is your certificate's; money is paid in under it. Publishing a task does this, too.
    """
    from requester_cli.participants import register as take_part

    take_part(settings)


@cli.command("deposit")
@click.argument("account")
@click.argument("amount", type=click.IntRange(1, 10**12))
@click.option("--unit", default="credit", show_default=True, help="What AMOUNT counts.")
@click.option(
    "--reference",
    required=True,
    metavar="NAME",
    help="Names this deposit for ever; with it a repetition is harmless.",
)
@common
@click.pass_obj
def deposit(settings: Settings, account: str, amount: int, unit: str, reference: str) -> None:
    """Pay money in, as a treasurer.

    ACCOUNT is the name of a participant, AMOUNT in minor units. Without --connection, who you are
    is in treasurer.yaml of $WEFTWORK_HOME.
    """
    from requester_cli.accounts import deposit as pay_in

    pay_in(settings, account, amount, unit, reference)


@cli.command("balance")
@click.argument("account", required=False)
@common
@click.pass_obj
def balance(settings: Settings, account: str | None) -> None:
    """Show what you, or ACCOUNT, have.

    What is free to spend, what is in escrow for tasks that have not ended, and all that tasks paid.
    """
    from requester_cli.accounts import balance as show

    show(settings, account)


@cli.command("publish-task")
@file_argument
@click.option("--watch", is_flag=True, help="Follow the task to its end.")
@click.option(
    "--id",
    "task",
    metavar="TASK",
    help="The task's id; with it a repetition is harmless  [default: its name and six digits].",
)
@common
@click.pass_obj
def publish_task(settings: Settings, file: Path, watch: bool, task: str | None) -> None:
    """Publish the task in FILE.

    FILE is checked completely first. Then the initial model and the validation data go to your
    organisation's archive node, and the task to the ledger; this computer is not needed after that.
    """
    from requester_cli.publication import publish

    publish(settings, file, task=task, watch=watch)


@cli.command("list-tasks")
@click.option(
    "--state", type=click.Choice(STATES, case_sensitive=False), help="Only those in this state."
)
@common
@click.pass_obj
def list_tasks(settings: Settings, state: str | None) -> None:
    """Show all tasks, the newest first."""
    from requester_cli.tasks import list_all

    list_all(settings, (state or "").upper())


@cli.command("show-task")
@task_argument
@common
@click.pass_obj
def show_task(settings: Settings, task: str) -> None:
    """Show one task and its rounds."""
    from requester_cli.tasks import show

    show(settings, task)


@cli.command("watch")
@task_argument
@common
@click.pass_obj
def watch_task(settings: Settings, task: str) -> None:
    """Follow a task until it ends.

    Tells the rounds so far, too. Exits with 0 if TASK finished, with 11 if it ended without one.
    """
    from requester_cli.watch import watch

    watch(settings, task)


@cli.command("fetch-model")
@task_argument
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where model.safetensors and model-card.yaml go  [default: a folder named TASK].",
)
@common
@click.pass_obj
def fetch_model(settings: Settings, task: str, output: Path | None) -> None:
    """Download and check a final model.

    The file must have the digest that the ledger names, and the records of the rounds must form an
    unbroken chain from the initial model to it. A model card says what it is.
    """
    from requester_cli.download import fetch

    fetch(settings, task, output or Path(task))


@cli.command("cancel-task")
@task_argument
@click.option(
    "--reason",
    default="cancelled by the requester",
    show_default=True,
    help="What the ledger, and so everyone, will read.",
)
@common
@click.pass_obj
def cancel_task(settings: Settings, task: str, reason: str) -> None:
    """End a task before its last round is committed."""
    from requester_cli.tasks import cancel

    cancel(settings, task, reason)


@cli.command("payouts")
@task_argument
@common
@click.pass_obj
def payouts(settings: Settings, task: str) -> None:
    """Show who was paid by a task.

    With what for, and what was refunded; until TASK ends, what is in escrow for it.
    """
    from requester_cli.accounts import payouts as show

    show(settings, task)


@cli.command("explain-election")
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


@cli.command("participants")
@common
@click.pass_obj
def participants(settings: Settings) -> None:
    """Show who takes part."""
    from requester_cli.participants import list_all

    list_all(settings)


store_option = click.option(
    "--store",
    "stores",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A node's store, where artifacts are taken from, too; may be given again.",
)


@cli.command("export")
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


@cli.command("verify")
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
    default="",
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
    genesis: str,
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


@cli.command("models")
@common
@click.pass_obj
def models(settings: Settings) -> None:
    """Show the models that are installed here.

    With their versions and parameters, and the packages that they come from. Each participant needs
    the model that a task names; code never travels.
    """
    from requester_cli.models import list_all

    list_all(settings)


@cli.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@common
@click.pass_obj
def completion(settings: Settings, shell: str) -> None:
    """Print a completion script.

    bash and zsh: `source <(requester_cli completion bash)`; fish: `requester_cli completion fish |
    source`.
    """
    from requester_cli.completion import script

    text = script(cli, shell)
    if settings.json:
        from requester_cli.output import json_document

        json_document({"shell": shell, "script": text})
    else:
        click.echo(text)
