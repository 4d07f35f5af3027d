"""Leave: withdraw from a task, in the name of the node."""

from provider_node.config import NodeConfig
from weftwork.ledger import Ledger
from weftwork.ledger.records import Receipt
from weftwork.lookup import find_task

__all__ = ["leave"]


async def leave(config: NodeConfig, task: str, reason: str) -> Receipt:
    """Record that the node of `config` takes part no longer. Raises what the ledger raises."""
    async with Ledger.open(config.load_connection()) as ledger:
        await find_task(ledger, task)
        return await ledger.tasks.leave(task, reason)
