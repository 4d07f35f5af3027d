"""`balance` and `payouts`: what the node has, and what tasks have paid."""

import sys

from rich.console import Console

from provider_node.config import NodeConfig
from weftwork import statements
from weftwork.ledger import Ledger
from weftwork.ledger.records import Account, Escrow
from weftwork.lookup import find_task

__all__ = ["account", "escrow", "show"]

# A pipe has no width of its own: wide enough that no line of ours is folded in a log.
PIPE_WIDTH = 160


async def account(config: NodeConfig) -> Account:
    """The account of the node of `config`. Raises what the ledger raises."""
    async with Ledger.open(config.load_connection()) as ledger:
        return await ledger.accounts.get(config.name)


async def escrow(config: NodeConfig, task: str) -> Escrow:
    """What is put aside for `task`, and who got it. Raises what the ledger raises."""
    async with Ledger.open(config.load_connection()) as ledger:
        await find_task(ledger, task)
        return await ledger.accounts.escrow(task)


def show(found: Account | Escrow) -> None:
    """Print it as tables."""
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    made = statements.balances(found) if isinstance(found, Account) else statements.payouts(found)
    console.print(*made, sep="\n")
