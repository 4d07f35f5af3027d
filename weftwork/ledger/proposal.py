"""A proposed transaction: evaluate it, or have it endorsed."""

from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import proposal_pb2

from weftwork.ledger.client import GatewayClient
from weftwork.ledger.errors import EndorseError
from weftwork.ledger.resolution import submit_and_resolve
from weftwork.ledger.signing import SigningIdentity, digest_of
from weftwork.ledger.transaction import Transaction

__all__ = ["Proposal"]


class Proposal:
    """A proposal, signed when it is first sent unless it was signed elsewhere."""

    def __init__(self, client: GatewayClient, signing: SigningIdentity, message: Any) -> None:
        self._client = client
        self._signing = signing
        self._message = message

    @property
    def transaction_id(self) -> str:
        """The id of the transaction that is proposed."""
        return str(self._message.transaction_id)

    def __bytes__(self) -> bytes:
        """A serialised `gateway.ProposedTransaction`, for `Gateway.new_signed_proposal`."""
        return bytes(self._message.SerializeToString())

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return digest_of(self._message.proposal.proposal_bytes)

    async def evaluate(self, deadline: float | None = None) -> bytes:
        """The answer of one peer; nothing is written. Raises `EvaluateError`."""
        request = gateway_pb2.EvaluateRequest(
            transaction_id=self.transaction_id,
            channel_id=self._channel_id,
            proposed_transaction=self._signed(),
            target_organizations=self._message.endorsing_organizations,
        )
        response = await self._client.evaluate(request, deadline)
        return bytes(response.result.payload)

    async def endorse(self, deadline: float | None = None) -> Transaction:
        """The endorsed transaction, ready to be submitted. Raises `EndorseError`."""
        request = gateway_pb2.EndorseRequest(
            transaction_id=self.transaction_id,
            channel_id=self._channel_id,
            proposed_transaction=self._signed(),
            endorsing_organizations=self._message.endorsing_organizations,
        )
        response = await self._client.endorse(request, deadline)
        return self._transaction(response.prepared_transaction)

    async def submit(self) -> bytes:
        """Endorse, submit, wait for the commit; the transaction's result.

        A timeout after the submission is resolved by asking for the commit status of this same
        transaction (twice, if its deadline passes), never by submitting another. Raises
        `EndorseError`, `CommitError`, and, where the outcome could not be learned, `SubmitError` or
        `CommitStatusError`.
        """
        transaction = await self.endorse()
        await submit_and_resolve(transaction, 1.5 * self._client.deadlines.commit_status)
        return transaction.result

    def _transaction(self, envelope: Any) -> Transaction:
        """The answer, if it is this proposal's: nothing else is ever signed."""
        message = gateway_pb2.PreparedTransaction(
            transaction_id=self.transaction_id, envelope=envelope
        )
        transaction = Transaction(self._client, self._signing, message)
        if not transaction.answers(self._proposal):
            raise EndorseError(
                "the gateway returned a transaction that was not proposed",
                transaction_id=self.transaction_id,
            )
        return transaction

    def _signed(self) -> Any:
        signed = self._message.proposal
        if not signed.signature:
            signed.signature = self._signing.sign(self.digest)
        return signed

    @property
    def _proposal(self) -> Any:
        return proposal_pb2.Proposal.FromString(self._message.proposal.proposal_bytes)

    @property
    def _channel_id(self) -> str:
        header = common_pb2.Header.FromString(self._proposal.header)
        return str(common_pb2.ChannelHeader.FromString(header.channel_header).channel_id)
