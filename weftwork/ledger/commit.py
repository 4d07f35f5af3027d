"""A submitted transaction's commit: ask whether it became valid, as often as needed."""

from dataclasses import dataclass
from typing import Any, Self

from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import transaction_pb2

from weftwork.ledger.client import GatewayClient
from weftwork.ledger.errors import CommitError
from weftwork.ledger.signing import SigningIdentity, digest_of

__all__ = ["Commit", "Status"]


@dataclass(frozen=True)
class Status:
    """The verdict of the validation: `code` is a name of `TxValidationCode`, `VALID` or why not."""

    transaction_id: str
    block_number: int
    code: str

    @property
    def successful(self) -> bool:
        """Whether the transaction changed the ledger."""
        return self.code == "VALID"

    def check(self) -> None:
        """Raise `CommitError` unless the transaction changed the ledger."""
        if not self.successful:
            raise CommitError(self.transaction_id, self.code, self.block_number)


class Commit:
    """A request for a commit status, signed when it is first sent unless signed elsewhere."""

    def __init__(self, client: GatewayClient, signing: SigningIdentity, message: Any) -> None:
        self._client = client
        self._signing = signing
        self._message = message

    @classmethod
    def of(
        cls, client: GatewayClient, signing: SigningIdentity, channel: str, transaction_id: str
    ) -> Self:
        """The commit of any transaction, by its id."""
        request = gateway_pb2.CommitStatusRequest(
            transaction_id=transaction_id, channel_id=channel, identity=signing.identity.creator
        )
        message = gateway_pb2.SignedCommitStatusRequest(request=request.SerializeToString())
        return cls(client, signing, message)

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        request = gateway_pb2.CommitStatusRequest.FromString(self._message.request)
        return str(request.transaction_id)

    def __bytes__(self) -> bytes:
        """A serialised `gateway.SignedCommitStatusRequest`, for `Gateway.new_signed_commit`."""
        return bytes(self._message.SerializeToString())

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return digest_of(self._message.request)

    async def status(self, deadline: float | None = None) -> Status:
        """Wait until the transaction is in a block. Raises `CommitStatusError`."""
        if not self._message.signature:
            self._message.signature = self._signing.sign(self.digest)
        response = await self._client.commit_status(self._message, deadline)
        return Status(self.transaction_id, response.block_number, _name(response.result))


def _name(code: int) -> str:
    """The validation code's name; its number, if a later Fabric has added it."""
    known = transaction_pb2.TxValidationCode.DESCRIPTOR.values_by_number
    return str(known[code].name) if code in known else str(code)
