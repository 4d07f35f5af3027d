"""Requests that were built in one place and are signed in another.

`bytes(request)` is what travels, `request.digest` what is to be signed. Whoever holds the key signs
the digest (DER, low-S, as `sign_with` does), and `new_signed_*` makes the request whole again.
`new_*` without a signature rebuilds a request that this gateway's own signer will sign.
"""

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2

from weftwork.ledger.block_events import BlockEventsRequest, BlockKind
from weftwork.ledger.chaincode_events import ChaincodeEventsRequest
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.commit import Commit
from weftwork.ledger.proposal import Proposal
from weftwork.ledger.signing import SigningIdentity
from weftwork.ledger.transaction import Transaction

__all__ = ["Offline"]


class Offline:
    """What `Gateway` can make of serialised requests; `DecodeError` where they are none."""

    def __init__(self, client: GatewayClient, signing: SigningIdentity) -> None:
        self._client = client
        self._signing = signing

    def new_proposal(self, request: bytes) -> Proposal:
        """The proposal that `request` is the bytes of."""
        message = gateway_pb2.ProposedTransaction.FromString(request)
        return Proposal(self._client, self._signing, message)

    def new_signed_proposal(self, request: bytes, signature: bytes) -> Proposal:
        """The same, signed elsewhere."""
        message = gateway_pb2.ProposedTransaction.FromString(request)
        message.proposal.signature = signature
        return Proposal(self._client, self._signing, message)

    def new_transaction(self, request: bytes) -> Transaction:
        """The transaction that `request` is the bytes of."""
        message = gateway_pb2.PreparedTransaction.FromString(request)
        return Transaction(self._client, self._signing, message)

    def new_signed_transaction(self, request: bytes, signature: bytes) -> Transaction:
        """The same, signed elsewhere."""
        message = gateway_pb2.PreparedTransaction.FromString(request)
        message.envelope.signature = signature
        return Transaction(self._client, self._signing, message)

    def new_commit(self, request: bytes) -> Commit:
        """The commit that `request` is the bytes of."""
        message = gateway_pb2.SignedCommitStatusRequest.FromString(request)
        return Commit(self._client, self._signing, message)

    def new_signed_commit(self, request: bytes, signature: bytes) -> Commit:
        """The same, signed elsewhere."""
        message = gateway_pb2.SignedCommitStatusRequest.FromString(request)
        message.signature = signature
        return Commit(self._client, self._signing, message)

    def new_signed_chaincode_events_request(
        self, request: bytes, signature: bytes
    ) -> ChaincodeEventsRequest:
        """The request for a chaincode's events that `request` is the bytes of, signed elsewhere."""
        message = gateway_pb2.SignedChaincodeEventsRequest.FromString(request)
        message.signature = signature
        return ChaincodeEventsRequest(self._client, self._signing, message)

    def new_signed_block_events_request(
        self, kind: BlockKind, request: bytes, signature: bytes
    ) -> BlockEventsRequest:
        """The request for blocks that `request` is the bytes of, signed elsewhere."""
        message = common_pb2.Envelope.FromString(request)
        message.signature = signature
        return BlockEventsRequest(self._client, self._signing, kind, message)
