"""Shell completion: the script of each shell, and the ids of tasks."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from requester_cli.settings import Settings

SHELLS = ["bash", "zsh", "fish"]

# Who presses the tab key waits this long for the ledger, in seconds, and then types on.
PATIENCE = 2.0


def script(cli: click.Command, shell: str) -> str:
    """The script that a shell sources."""
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    if complete is None:
        raise click.UsageError(f"no completion for {shell}")
    return complete(cli, {}, "requester_cli", "_REQUESTER_CLI_COMPLETE").source()


def task_ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The tasks whose id starts with `incomplete`; none where the ledger cannot be asked."""
    import asyncio

    from requester_cli.settings import Settings
    from weftwork.errors import WeftworkError

    try:
        ids = asyncio.run(_ids(context.find_object(Settings) or Settings()))
    except (WeftworkError, TimeoutError):
        return []  # an error message would end up in the middle of the command being typed
    return [one for one in ids if one.startswith(incomplete)]


async def _ids(settings: "Settings") -> list[str]:
    import asyncio

    from requester_cli.session import open_ledger

    async with asyncio.timeout(PATIENCE), open_ledger(settings) as ledger:
        return [task.id for task in await ledger.tasks.list()]
