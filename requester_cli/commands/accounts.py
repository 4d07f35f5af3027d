"""Who takes part, and with what money."""

import click

from requester_cli.commands.arguments import task_argument
from requester_cli.settings import Settings, common


@click.command("register")
@common
@click.pass_obj
def register(settings: Settings) -> None:
    """Take part under a name of your own.

    The name is your certificate's; money is paid in under it. Publishing a task does this, too.
    """
    from requester_cli.participants import register as take_part

    take_part(settings)


@click.command("participants")
@common
@click.pass_obj
def participants(settings: Settings) -> None:
    """Show who takes part."""
    from requester_cli.participants import list_all

    list_all(settings)


@click.command("deposit")
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


@click.command("balance")
@click.argument("account", required=False)
@common
@click.pass_obj
def balance(settings: Settings, account: str | None) -> None:
    """Show what you, or ACCOUNT, have.

    What is free to spend, what is in escrow for tasks that have not ended, and all that tasks paid.
    """
    from requester_cli.accounts import balance as show

    show(settings, account)


@click.command("payouts")
@task_argument
@common
@click.pass_obj
def payouts(settings: Settings, task: str) -> None:
    """Show who was paid by a task.

    With what for, and what was refunded; until TASK ends, what is in escrow for it.
    """
    from requester_cli.accounts import payouts as show

    show(settings, task)
