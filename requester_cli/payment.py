"""What a task costs its requester: looked at early, and paid with coins when it is published."""

from collections.abc import Awaitable, Callable

from weftwork.errors import NotFoundError, RefusedError
from weftwork.ledger import Ledger, Refused
from weftwork.ledger.records import Receipt, Reward

__all__ = ["pay", "refuse_poor"]

SHORT_OF_MONEY = "INSUFFICIENT_FUNDS"


async def refuse_poor(ledger: Ledger, requester: str, task: str, reward: Reward) -> None:
    """Raise `RefusedError` if the reward is not covered, unless `task` was paid for before."""
    free = (await ledger.accounts.get(requester)).of(reward.unit).free
    if free >= reward.amount or await _published(ledger, task):
        return
    missing = f"{reward.amount - free} of {reward.amount} {reward.unit} are missing"
    raise RefusedError(f"reward: {missing}; {_remedy(requester, reward)}", SHORT_OF_MONEY)


async def pay(
    ledger: Ledger,
    requester: str,
    reward: Reward,
    publish: Callable[[list[str]], Awaitable[Receipt]],
) -> Receipt:
    """What `publish` returns, called with coins of the requester's that cover the reward."""
    try:
        return await ledger.wallet(requester).pay(reward, publish)
    except Refused as error:
        if error.code != SHORT_OF_MONEY:
            raise
        raise RefusedError(f"{error}; {_remedy(requester, reward)}", error.code) from error


async def _published(ledger: Ledger, task: str) -> bool:
    try:
        await ledger.tasks.get(task)
    except NotFoundError:
        return False
    return True


def _remedy(requester: str, reward: Reward) -> str:
    unit = "" if reward.unit == "credit" else f" --unit {reward.unit}"
    return (
        "a treasurer pays in with"
        f" `requester_cli deposit {requester} AMOUNT{unit} --reference NAME`"
    )
