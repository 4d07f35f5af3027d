"""Submit a transaction, and learn what became of it: the same transaction, never a second one."""

from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from weftwork.ledger.commit import Commit, Status
from weftwork.ledger.errors import CommitStatusError, SubmitError
from weftwork.ledger.transaction import Transaction

__all__ = ["submit_and_resolve"]


async def submit_and_resolve(transaction: Transaction, patience: float) -> None:
    """Return when `transaction` is committed and valid.

    The commit status is asked for until there is one, and not again after `patience` seconds.
    Raises `CommitError` if it is invalid, `SubmitError` if the orderers did not take it (or, where
    that is `unresolved`, if nothing was heard of it afterwards either), `CommitStatusError` if
    they did and its outcome could still not be learned.
    """
    try:
        commit = await transaction.submit()
    except SubmitError as error:
        if not error.unresolved:
            raise
        status = await _status_after(error, transaction.commit, patience)
    else:
        status = await _ask(commit, patience)
    status.check()


async def _status_after(error: SubmitError, commit: Commit, patience: float) -> Status:
    """The orderers may have the transaction all the same: its commit status tells."""
    try:
        return await _ask(commit, patience)
    except CommitStatusError:
        raise error from None


async def _ask(commit: Commit, patience: float) -> Status:
    retrying = AsyncRetrying(
        retry=retry_if_exception(_passing),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(multiplier=0.5, max=5),
        reraise=True,
    )
    return await retrying(commit.status)


def _passing(error: BaseException) -> bool:
    return isinstance(error, CommitStatusError) and error.passing
