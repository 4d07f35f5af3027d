"""Submit a transaction, and learn what became of it: the same transaction, never a second one."""

from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from weftwork.ledger.commit import Commit, Status
from weftwork.ledger.errors import CommitStatusError, SubmitError
from weftwork.ledger.transaction import Transaction

__all__ = ["submit_and_resolve"]

# Each asking waits for the stage's whole deadline; a peer that restarts is back by the third.
_ASKINGS = 4


async def submit_and_resolve(transaction: Transaction) -> None:
    """Return when `transaction` is committed and valid.

    Raises `CommitError` if it is invalid, `SubmitError` if the orderers did not take it (or, where
    that is `unresolved`, if nothing was heard of it afterwards either), `CommitStatusError` if
    they did and its outcome could still not be learned.
    """
    try:
        commit = await transaction.submit()
    except SubmitError as error:
        if not error.unresolved:
            raise
        status = await _status_after(error, transaction.commit)
    else:
        status = await _ask(commit)
    status.check()


async def _status_after(error: SubmitError, commit: Commit) -> Status:
    """The orderers may have the transaction all the same: its commit status tells."""
    try:
        return await _ask(commit)
    except CommitStatusError:
        raise error from None


async def _ask(commit: Commit) -> Status:
    retrying = AsyncRetrying(
        retry=retry_if_exception(
            lambda error: isinstance(error, CommitStatusError) and error.passing
        ),
        stop=stop_after_attempt(_ASKINGS),
        wait=wait_random_exponential(multiplier=0.5, max=5),
        reraise=True,
    )
    return await retrying(commit.status)


def _passing(error: BaseException) -> bool:
    return isinstance(error, CommitStatusError) and error.passing
