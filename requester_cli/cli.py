"""The command line: its commands in the order of use."""

import click

from requester_cli.commands import accounts, audit, tasks
from requester_cli.completion import SHELLS, script
from requester_cli.settings import Settings, common
from weftwork.program import Program


@click.group(
    cls=Program, settings=Settings, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="weftwork")
@common
def cli() -> None:
    """Have a model trained by factories that keep their data to themselves."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@common
@click.pass_obj
def completion(settings: Settings, shell: str) -> None:
    """Print a completion script.

    bash and zsh: `source <(requester_cli completion bash)`; fish: `requester_cli completion fish |
    source`.
    """
    text = script(cli, shell)
    if settings.json:
        from requester_cli.output import json_document

        json_document({"shell": shell, "script": text})
    else:
        click.echo(text)


for command in (
    tasks.simulate,
    accounts.register,
    accounts.deposit,
    accounts.balance,
    tasks.publish_task,
    tasks.list_tasks,
    tasks.show_task,
    tasks.watch_task,
    tasks.fetch_model,
    tasks.cancel_task,
    accounts.payouts,
    audit.explain_election,
    accounts.participants,
    audit.export_task,
    audit.verify_task,
    tasks.models,
    completion,
):
    cli.add_command(command)
