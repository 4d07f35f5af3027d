"""An endorsed transaction: its result, and its submission to the orderers."""

from typing import Any

from fabric_protos.gateway import gateway_pb2

from weftwork.ledger.client import GatewayClient
from weftwork.ledger.commit import Commit
from weftwork.ledger.envelope import TransactionEnvelope
from weftwork.ledger.errors import SubmitError
from weftwork.ledger.signing import SigningIdentity, digest_of

__all__ = ["Transaction"]


class Transaction:
    """A transaction, signed when it is submitted unless it was signed elsewhere."""

    def __init__(self, client: GatewayClient, signing: SigningIdentity, message: Any) -> None:
        self._client = client
        self._signing = signing
        self._message = message
        self._envelope = TransactionEnvelope(message.envelope.payload)

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return str(self._message.transaction_id)

    @property
    def result(self) -> bytes:
        """What the contract returned; it holds once the transaction is committed."""
        return self._envelope.result

    def __bytes__(self) -> bytes:
        """A serialised `gateway.PreparedTransaction`, for `Gateway.new_signed_transaction`."""
        return bytes(self._message.SerializeToString())

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return digest_of(self._message.envelope.payload)

    @property
    def commit(self) -> Commit:
        """The commit to ask about, also where `submit` did not return."""
        return Commit.of(
            self._client, self._signing, self._envelope.channel_id, self.transaction_id
        )

    def answers(self, proposal: Any) -> bool:
        """Whether this is the transaction of `protos.Proposal` `proposal`."""
        return self._envelope.answers(proposal)

    async def submit(self, deadline: float | None = None) -> Commit:
        """Return once the orderers have the transaction. Raises `SubmitError`.

        After a `SubmitError` that is `unresolved`, ask `commit` before anything is repeated.
        """
        request = gateway_pb2.SubmitRequest(
            transaction_id=self.transaction_id,
            channel_id=self._envelope.channel_id,
            prepared_transaction=self._signed(),
        )
        try:
            await self._client.submit(request, deadline)
        except SubmitError as error:
            if not error.ordered:
                raise
        return self.commit

    def _signed(self) -> Any:
        envelope = self._message.envelope
        if not envelope.signature:
            envelope.signature = self._signing.sign(self.digest)
        return envelope
