"""A request for a chaincode's events, from the Gateway service."""

from collections.abc import Iterator
from typing import Any, Self

from fabric_protos.gateway import gateway_pb2

from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.seek import start_position
from weftwork.ledger.signing import SigningIdentity, digest_of
from weftwork.ledger.stream import EventStream

__all__ = ["ChaincodeEvent", "ChaincodeEventsRequest"]


class ChaincodeEventsRequest:
    """A request, signed when it is first sent unless it was signed elsewhere."""

    def __init__(self, client: GatewayClient, signing: SigningIdentity, message: Any) -> None:
        self._client = client
        self._signing = signing
        self._message = message

    @classmethod
    def build(
        cls,
        client: GatewayClient,
        signing: SigningIdentity,
        channel: str,
        chaincode: str,
        start_block: int | None,
        checkpoint: Checkpoint | None,
    ) -> Self:
        """A request that starts where `start_position` says."""
        request = gateway_pb2.ChaincodeEventsRequest(
            channel_id=channel,
            chaincode_id=chaincode,
            identity=signing.identity.creator,
            start_position=start_position(start_block, checkpoint),
            after_transaction_id=(checkpoint and checkpoint.transaction_id) or "",
        )
        message = gateway_pb2.SignedChaincodeEventsRequest(request=request.SerializeToString())
        return cls(client, signing, message)

    def __bytes__(self) -> bytes:
        """A serialised `gateway.SignedChaincodeEventsRequest`."""
        return bytes(self._message.SerializeToString())

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return digest_of(self._message.request)

    def events(self) -> EventStream[ChaincodeEvent]:
        """Send the request; the running stream."""
        if not self._message.signature:
            self._message.signature = self._signing.sign(self.digest)
        return EventStream(
            self._client.chaincode_events(self._message), _unpack, self._client.endpoint
        )


def _unpack(response: Any) -> Iterator[ChaincodeEvent]:
    for event in response.events:
        yield ChaincodeEvent(
            response.block_number,
            event.tx_id,
            event.chaincode_id,
            event.event_name,
            event.payload,
        )
