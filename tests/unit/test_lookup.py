"""Who types an id that is none is told what comes close."""

from types import SimpleNamespace
from typing import cast

import pytest

from tests.unit.provider_node.worlds import task
from weftwork.errors import NotFoundError, RefusedError, WeftworkError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Task
from weftwork.lookup import find_task


def ledger(error: WeftworkError) -> Ledger:
    """One that has the task `digits-1`, and answers with `error` when it is asked for another."""

    async def get(name: str) -> Task:
        if name != "digits-1":
            raise error
        return task()

    async def listed() -> list[Task]:
        return [task()]

    return cast("Ledger", SimpleNamespace(tasks=SimpleNamespace(get=get, list=listed)))


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("digits-2", NotFoundError("no such task")),
        ("digits 1", RefusedError("no name", "INVALID_ARGUMENT")),
    ],
)
async def test_a_mistyped_id_is_not_found(typed: str, error: WeftworkError) -> None:
    assert (await find_task(ledger(error), "digits-1")).id == "digits-1"
    with pytest.raises(NotFoundError, match=f"no task '{typed}' on the ledger; did you mean dig"):
        await find_task(ledger(error), typed)


async def test_another_refusal_is_one() -> None:
    revoked = RefusedError("the certificate is revoked", "PERMISSION_DENIED")
    with pytest.raises(RefusedError, match="revoked"):
        await find_task(ledger(revoked), "digits-2")
