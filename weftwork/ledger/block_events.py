"""A request for a channel's blocks, from the peer's Deliver service."""

import enum
from typing import Any, Self

import grpc
from fabric_protos.common import common_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import events_pb2

from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.errors import EventsError
from weftwork.ledger.proposal_builder import new_header
from weftwork.ledger.seek import start_position
from weftwork.ledger.signing import SigningIdentity, digest_of
from weftwork.ledger.stream import EventStream

__all__ = ["BlockEventsRequest", "BlockKind", "block_number_of"]

_FOR_EVER = 2**64 - 1

# The status of a refused Deliver request, which travels in a message, as gRPC would have said it.
_STATUS = {
    common_pb2.BAD_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    common_pb2.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    common_pb2.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
}


class BlockKind(enum.Enum):
    """How much of each block is wanted; the values are the answer's field."""

    FULL = "block"
    FILTERED = "filtered_block"
    PRIVATE_DATA = "block_and_private_data"


class BlockEventsRequest:
    """A request, signed when it is first sent unless it was signed elsewhere."""

    def __init__(
        self, client: GatewayClient, signing: SigningIdentity, kind: BlockKind, message: Any
    ) -> None:
        self._client = client
        self._signing = signing
        self.kind = kind
        self._message = message

    @classmethod
    def build(
        cls,
        client: GatewayClient,
        signing: SigningIdentity,
        channel: str,
        kind: BlockKind,
        start_block: int | None,
        checkpoint: Checkpoint | None,
    ) -> Self:
        """A request that starts where `start_position` says."""
        seek = ab_pb2.SeekInfo(
            start=start_position(start_block, checkpoint),
            stop=ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=_FOR_EVER)),
            behavior=ab_pb2.SeekInfo.BLOCK_UNTIL_READY,
        )
        _, header = new_header(
            signing.identity,
            channel,
            common_pb2.DELIVER_SEEK_INFO,
            tls_cert_hash=client.tls_certificate_hash,
        )
        payload = common_pb2.Payload(header=header, data=seek.SerializeToString())
        message = common_pb2.Envelope(payload=payload.SerializeToString())
        return cls(client, signing, kind, message)

    def __bytes__(self) -> bytes:
        """A serialised `common.Envelope`."""
        return bytes(self._message.SerializeToString())

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return digest_of(self._message.payload)

    def events(self) -> EventStream[Any]:
        """Send the request; the running stream of this kind of blocks."""
        if not self._message.signature:
            self._message.signature = self._signing.sign(self.digest)
        deliver = {
            BlockKind.FULL: self._client.deliver,
            BlockKind.FILTERED: self._client.deliver_filtered,
            BlockKind.PRIVATE_DATA: self._client.deliver_with_private_data,
        }[self.kind]
        return EventStream(deliver(self._message), self._unpack, self._client.endpoint)

    def _unpack(self, response: Any) -> tuple[Any]:
        if response.WhichOneof("Type") != self.kind.value:
            name = common_pb2.Status.Name(response.status)
            status = _STATUS.get(response.status, grpc.StatusCode.UNAVAILABLE)
            raise EventsError(f"the peer refused the request for blocks: {name}", status=status)
        return (getattr(response, self.kind.value),)


def block_number_of(event: Any) -> int:
    """The number of a block, whichever `BlockKind` it is."""
    if isinstance(event, events_pb2.FilteredBlock):
        return int(event.number)
    block = event.block if isinstance(event, events_pb2.BlockAndPrivateData) else event
    return int(block.header.number)
