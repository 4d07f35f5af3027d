"""The ledger: can it be reached, does it know us, and which tasks are open."""

import time
from pathlib import Path

from provider_node.config import NodeConfig
from provider_node.registration import owed_registration, recorded_as
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task
from weftwork.pem import read_certificate

__all__ = ["open_tasks", "reach", "registration"]


async def reach(ledger: Ledger) -> str:
    """One query, answered by our organisation's peer."""
    began = time.monotonic()
    everyone = await ledger.participants.list()
    milliseconds = (time.monotonic() - began) * 1000
    return f"{len(everyone)} participants, answered in {milliseconds:.0f} ms"


async def registration(ledger: Ledger, config: NodeConfig, own: Path) -> str:
    """Whether the name is ours; what is out of date, `serve` puts right."""
    certificate = read_certificate(own)
    recorded = await recorded_as(ledger, config.name)
    if recorded is None:
        return f"{config.name} is free; serve will register it"
    if owed_registration(recorded, config.endpoint, certificate) is not None:
        return f"{config.name} is ours; serve will announce {config.endpoint}"
    return f"{config.name} is ours, at {recorded.endpoint}"


async def open_tasks(ledger: Ledger, only: str | None) -> list[Task]:
    """Tasks that can still be joined, or run; just the task `only` where one is named."""
    if only:
        return [await ledger.tasks.get(only)]
    lists = [await ledger.tasks.list(state) for state in ("PUBLISHED", "RUNNING")]
    return [task for tasks in lists for task in tasks]
