"""Arguments and options that several commands take."""

from pathlib import Path

import click

from requester_cli.completion import task_ids

task_argument = click.argument("task", shell_complete=task_ids)

store_option = click.option(
    "--store",
    "stores",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A node's store, where artifacts are taken from, too; may be given again.",
)
