"""The stages of a transaction, each of which waits."""

from typing import Generic, Protocol, TypeVar

from weftwork.ledger import commit, proposal, transaction
from weftwork.ledger.blocking.loop_thread import LoopThread

__all__ = ["Commit", "Proposal", "Transaction"]


class _Signable(Protocol):
    """What can be signed elsewhere."""

    @property
    def digest(self) -> bytes: ...
    def __bytes__(self) -> bytes: ...


S = TypeVar("S", bound=_Signable)


class _Waiting(Generic[S]):
    """An asynchronous request, and the thread that carries it out."""

    def __init__(self, loop: LoopThread, inner: S) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return self._inner.digest

    def __bytes__(self) -> bytes:
        return bytes(self._inner)


class Commit(_Waiting[commit.Commit]):
    """See `weftwork.ledger.Commit`."""

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._inner.transaction_id

    def status(self, deadline: float | None = None) -> commit.Status:
        """Wait until the transaction is in a block."""
        return self._loop.run(self._inner.status(deadline))


class Transaction(_Waiting[transaction.Transaction]):
    """See `weftwork.ledger.Transaction`."""

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._inner.transaction_id

    @property
    def result(self) -> bytes:
        """What the contract returned; it holds once the transaction is committed."""
        return self._inner.result

    @property
    def commit(self) -> Commit:
        """The commit to ask about, also where `submit` did not return."""
        return Commit(self._loop, self._inner.commit)

    def submit(self, deadline: float | None = None) -> Commit:
        """Return once the orderers have the transaction."""
        return Commit(self._loop, self._loop.run(self._inner.submit(deadline)))


class Proposal(_Waiting[proposal.Proposal]):
    """See `weftwork.ledger.Proposal`."""

    @property
    def transaction_id(self) -> str:
        """The id of the transaction that is proposed."""
        return self._inner.transaction_id

    def evaluate(self, deadline: float | None = None) -> bytes:
        """The answer of one peer; nothing is written."""
        return self._loop.run(self._inner.evaluate(deadline))

    def endorse(self, deadline: float | None = None) -> Transaction:
        """The endorsed transaction, ready to be submitted."""
        return Transaction(self._loop, self._loop.run(self._inner.endorse(deadline)))

    def submit(self) -> bytes:
        """Endorse, submit, wait for the commit; the transaction's result."""
        return self._loop.run(self._inner.submit())
