"""Failed gRPC calls, as the Gateway answers them."""

import grpc
import grpc.aio
from fabric_protos.gateway import gateway_pb2
from google.rpc import status_pb2

from weftwork.ledger.errors import PeerDetail


def rpc_error(
    code: grpc.StatusCode, message: str, *details: PeerDetail, packed: bytes | None = None
) -> grpc.aio.AioRpcError:
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        said = gateway_pb2.ErrorDetail(
            address=detail.address, msp_id=detail.msp_id, message=detail.message
        )
        status.details.add().Pack(said)
    content = status.SerializeToString() if packed is None else packed
    metadata = grpc.aio.Metadata(("grpc-status-details-bin", content))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), metadata, message)  # type: ignore
