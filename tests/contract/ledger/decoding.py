"""What is inside messages, read without the client's own code."""

from fabric_protos.common.common_pb2 import Payload
from fabric_protos.gateway.gateway_pb2 import PreparedTransaction
from fabric_protos.msp.identities_pb2 import SerializedIdentity
from fabric_protos.peer.transaction_pb2 import ChaincodeActionPayload
from fabric_protos.peer.transaction_pb2 import Transaction as TransactionMessage

from weftwork.ledger import Transaction


def endorsers_of(transaction: Transaction) -> set[str]:
    """The MSP IDs of those who endorsed."""
    envelope = PreparedTransaction.FromString(bytes(transaction)).envelope
    actions = TransactionMessage.FromString(Payload.FromString(envelope.payload).data).actions
    action = ChaincodeActionPayload.FromString(actions[0].payload).action
    return {
        SerializedIdentity.FromString(endorsement.endorser).mspid
        for endorsement in action.endorsements
    }
