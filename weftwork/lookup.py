"""A task by the id that a person typed."""

from weftwork.errors import NotFoundError, RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task
from weftwork.names import did_you_mean

__all__ = ["find_task", "hint"]


async def find_task(ledger: Ledger, task: str) -> Task:
    """The task, or `NotFoundError` with the ids that come close."""
    try:
        return await ledger.tasks.get(task)
    except (NotFoundError, RefusedError) as error:
        if isinstance(error, RefusedError) and error.code != "INVALID_ARGUMENT":
            raise  # else: not even the form of an id
        known = [one.id for one in await ledger.tasks.list()]
        raise NotFoundError(f"no task {task!r} on the ledger{hint(task, known)}") from error


def hint(task: str, known: list[str]) -> str:
    """What a person who typed `task` may have meant."""
    remedy = "`requester_cli list-tasks` shows all" if known else "nothing was published yet"
    return did_you_mean(task, known) or f"; {remedy}"
