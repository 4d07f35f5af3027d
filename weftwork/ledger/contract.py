"""A smart contract: evaluate queries, submit transactions."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from weftwork.ledger.client import GatewayClient
from weftwork.ledger.commit import Commit
from weftwork.ledger.proposal import Proposal
from weftwork.ledger.proposal_builder import build_proposal
from weftwork.ledger.signing import SigningIdentity

__all__ = ["Contract", "ProposalOptions"]


class ProposalOptions(TypedDict, total=False):
    """What a proposal may carry beside its arguments.

    `transient` goes to the endorsers and never into a block. `endorsing_organisations` are MSP IDs;
    without them the Gateway chooses by the policies.
    """

    transient: Mapping[str, bytes]
    endorsing_organisations: Sequence[str]


class Contract:
    """The contract `name` (None: the default one) of a chaincode.

    Arguments are strings or bytes; all methods take the `ProposalOptions`.
    """

    def __init__(
        self,
        client: GatewayClient,
        signing: SigningIdentity,
        channel: str,
        chaincode: str,
        name: str | None,
    ) -> None:
        self._client = client
        self._signing = signing
        self._channel = channel
        self.chaincode = chaincode
        self.name = name

    def proposal(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> Proposal:
        """A proposal of `transaction`, to be evaluated, endorsed, or signed elsewhere."""
        qualified = f"{self.name}:{transaction}" if self.name else transaction
        message = build_proposal(
            self._signing.identity,
            self._channel,
            self.chaincode,
            [qualified, *arguments],
            transient=options.get("transient", {}),
            endorsing_organisations=options.get("endorsing_organisations", ()),
        )
        return Proposal(self._client, self._signing, message)

    async def evaluate(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The answer of one peer; nothing is written. Raises `EvaluateError`."""
        return await self.proposal(transaction, *arguments, **options).evaluate()

    async def submit(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The transaction's result, once it is committed.

        Raises `EndorseError` (nothing was submitted), `CommitError` (found invalid), or, where the
        outcome could not be learned, `SubmitError` or `CommitStatusError`. See `Proposal.submit`.
        """
        return await self.proposal(transaction, *arguments, **options).submit()

    async def submit_async(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> tuple[bytes, Commit]:
        """The transaction's result, once the orderers have it, and its commit to ask about."""
        endorsed = await self.proposal(transaction, *arguments, **options).endorse()
        return endorsed.result, await endorsed.submit()
