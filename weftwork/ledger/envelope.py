"""What is inside the envelope of an endorsed transaction."""

from functools import cached_property
from typing import Any

from fabric_protos.common import common_pb2
from fabric_protos.peer import (
    proposal_pb2,
    proposal_response_pb2,
    transaction_pb2,
)

__all__ = ["TransactionEnvelope"]


class TransactionEnvelope:
    """Reads a serialised `common.Payload` of an endorser transaction; raises `DecodeError`."""

    def __init__(self, payload: bytes) -> None:
        self._payload = common_pb2.Payload.FromString(payload)

    @cached_property
    def channel_id(self) -> str:
        """The channel that the transaction is for."""
        header = common_pb2.ChannelHeader.FromString(self._payload.header.channel_header)
        return str(header.channel_id)

    @cached_property
    def result(self) -> bytes:
        """What the contract returned."""
        endorsed = self._action.action.proposal_response_payload
        response = proposal_response_pb2.ProposalResponsePayload.FromString(endorsed)
        return bytes(proposal_pb2.ChaincodeAction.FromString(response.extension).response.payload)

    def answers(self, proposal: Any) -> bool:
        """Whether this is `protos.Proposal` `proposal`, endorsed: same headers, same call."""
        header = common_pb2.Header.FromString(proposal.header)
        asked = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
        called = proposal_pb2.ChaincodeProposalPayload.FromString(
            self._action.chaincode_proposal_payload
        )
        return bool(self._payload.header == header and called.input == asked.input)

    @cached_property
    def _action(self) -> Any:
        transaction = transaction_pb2.Transaction.FromString(self._payload.data)
        return transaction_pb2.ChaincodeActionPayload.FromString(transaction.actions[0].payload)
