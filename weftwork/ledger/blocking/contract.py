"""A smart contract whose calls wait."""

from typing import Unpack

from weftwork.ledger import contract
from weftwork.ledger.blocking.loop_thread import LoopThread
from weftwork.ledger.blocking.stages import Commit, Proposal
from weftwork.ledger.contract import ProposalOptions

__all__ = ["Contract"]


class Contract:
    """See `weftwork.ledger.Contract`."""

    def __init__(self, loop: LoopThread, inner: contract.Contract) -> None:
        self._loop = loop
        self._inner = inner

    def proposal(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> Proposal:
        """A proposal of `transaction`."""
        return Proposal(self._loop, self._inner.proposal(transaction, *arguments, **options))

    def evaluate(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The answer of one peer; nothing is written."""
        return self.proposal(transaction, *arguments, **options).evaluate()

    def submit(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The transaction's result, once it is committed."""
        return self.proposal(transaction, *arguments, **options).submit()

    def submit_async(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> tuple[bytes, Commit]:
        """The result, once the orderers have the transaction, and its commit to ask about."""
        endorsed = self.proposal(transaction, *arguments, **options).endorse()
        return endorsed.result, endorsed.submit()
