"""A task, from its first trial to its model."""

from pathlib import Path

import click

from requester_cli.commands.arguments import task_argument
from requester_cli.settings import Settings, common

STATES = ["PUBLISHED", "RUNNING", "FINISHED", "CANCELLED", "HALTED"]

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("simulate")
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


@click.command("publish-task")
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


@click.command("list-tasks")
@click.option(
    "--state", type=click.Choice(STATES, case_sensitive=False), help="Only those in this state."
)
@common
@click.pass_obj
def list_tasks(settings: Settings, state: str | None) -> None:
    """Show all tasks, the newest first."""
    from requester_cli.tasks import list_all

    list_all(settings, (state or "").upper())


@click.command("show-task")
@task_argument
@common
@click.pass_obj
def show_task(settings: Settings, task: str) -> None:
    """Show one task and its rounds."""
    from requester_cli.tasks import show

    show(settings, task)


@click.command("watch")
@task_argument
@common
@click.pass_obj
def watch_task(settings: Settings, task: str) -> None:
    """Follow a task until it ends.

    Tells the rounds so far, too. Exits with 0 if TASK finished, with 11 if it ended without one.
    """
    from requester_cli.watch import watch

    watch(settings, task)


@click.command("fetch-model")
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


@click.command("cancel-task")
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


@click.command("models")
@common
@click.pass_obj
def models(settings: Settings) -> None:
    """Show the models that are installed here.

    With their versions and parameters, and the packages that they come from. Each participant needs
    the model that a task names; code never travels.
    """
    from requester_cli.models import list_all

    list_all(settings)
