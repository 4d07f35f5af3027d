"""A smart contract: evaluate queries, submit transactions."""

from collections.abc import Mapping, Sequence

from weftwork.ledger.client import GatewayClient
from weftwork.ledger.commit import Commit
from weftwork.ledger.proposal import Proposal
from weftwork.ledger.proposal_builder import build_proposal
from weftwork.ledger.signing import SigningIdentity

__all__ = ["Contract"]


class Contract:
    """The contract `name` (None: the default one) of a chaincode.

    Arguments are strings or bytes. `transient` goes to the endorsers and never into a block.
    `endorsing_organisations` are MSP IDs; without them the Gateway chooses by the policies.
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
        self,
        transaction: str,
        *arguments: str | bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organisations: Sequence[str] = (),
    ) -> Proposal:
        """A proposal of `transaction`, to be evaluated, endorsed, or signed elsewhere."""
        qualified = f"{self.name}:{transaction}" if self.name else transaction
        message = build_proposal(
            self._signing.identity,
            self._channel,
            self.chaincode,
            [qualified, *arguments],
            transient=transient or {},
            endorsing_organisations=endorsing_organisations,
        )
        return Proposal(self._client, self._signing, message)

    async def evaluate(
        self,
        transaction: str,
        *arguments: str | bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organisations: Sequence[str] = (),
    ) -> bytes:
        """The answer of one peer; nothing is written. Raises `EvaluateError`."""
        return await self.proposal(
            transaction,
            *arguments,
            transient=transient,
            endorsing_organisations=endorsing_organisations,
        ).evaluate()

    async def submit(
        self,
        transaction: str,
        *arguments: str | bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organisations: Sequence[str] = (),
    ) -> bytes:
        """The transaction's result, once it is committed.

        Raises `EndorseError` (nothing was submitted), `CommitError` (found invalid), or, where the
        outcome could not be learned, `SubmitError` or `CommitStatusError`. See `Proposal.submit`.
        """
        return await self.proposal(
            transaction,
            *arguments,
            transient=transient,
            endorsing_organisations=endorsing_organisations,
        ).submit()

    async def submit_async(
        self,
        transaction: str,
        *arguments: str | bytes,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organisations: Sequence[str] = (),
    ) -> tuple[bytes, Commit]:
        """The transaction's result, once the orderers have it, and its commit to ask about."""
        transaction_ = await self.proposal(
            transaction,
            *arguments,
            transient=transient,
            endorsing_organisations=endorsing_organisations,
        ).endorse()
        return transaction_.result, await transaction_.submit()
