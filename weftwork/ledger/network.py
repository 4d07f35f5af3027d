"""A channel's contracts and events."""

from fabric_protos.common.common_pb2 import Block
from fabric_protos.common.ledger_pb2 import BlockchainInfo
from fabric_protos.peer.events_pb2 import BlockAndPrivateData, FilteredBlock

from weftwork.ledger.block_events import BlockEventsRequest, BlockKind
from weftwork.ledger.chaincode_events import ChaincodeEvent, ChaincodeEventsRequest
from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.contract import Contract
from weftwork.ledger.signing import SigningIdentity
from weftwork.ledger.stream import EventStream

__all__ = ["Network"]


class Network:
    """The peers that share the channel `name`.

    Streams of events start at `checkpoint`'s position if it has one, else at `start_block`, else
    with the next block. The request is sent by the call, not by the first iteration, so a
    transaction submitted afterwards is seen.
    """

    def __init__(self, client: GatewayClient, signing: SigningIdentity, name: str) -> None:
        self._client = client
        self._signing = signing
        self.name = name

    def contract(self, chaincode: str, name: str | None = None) -> Contract:
        """A contract of `chaincode`: its default one, or the one called `name`."""
        return Contract(self._client, self._signing, self.name, chaincode, name)

    async def height(self) -> int:
        """How many blocks the channel has, as a peer of the gateway's organisation knows it.

        That is the number of the block that comes next. Raises `EvaluateError`.
        """
        answer = await self.contract("qscc").evaluate("GetChainInfo", self.name)
        return int(BlockchainInfo.FromString(answer).height)

    def chaincode_events(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> EventStream[ChaincodeEvent]:
        """The events that valid transactions of `chaincode` emit, in the ledger's order."""
        return self.new_chaincode_events_request(
            chaincode, start_block=start_block, checkpoint=checkpoint
        ).events()

    def block_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> EventStream[Block]:
        """Whole blocks: `common.Block`."""
        return self._blocks(BlockKind.FULL, start_block, checkpoint)

    def filtered_block_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> EventStream[FilteredBlock]:
        """Transaction ids, validation codes and event names: `protos.FilteredBlock`."""
        return self._blocks(BlockKind.FILTERED, start_block, checkpoint)

    def block_and_private_data_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> EventStream[BlockAndPrivateData]:
        """Blocks with the private data that the identity may see: `protos.BlockAndPrivateData`."""
        return self._blocks(BlockKind.PRIVATE_DATA, start_block, checkpoint)

    def new_chaincode_events_request(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> ChaincodeEventsRequest:
        """A request that can be signed elsewhere before it is sent."""
        return ChaincodeEventsRequest.build(
            self._client, self._signing, self.name, chaincode, start_block, checkpoint
        )

    def new_block_events_request(
        self,
        kind: BlockKind = BlockKind.FULL,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> BlockEventsRequest:
        """A request that can be signed elsewhere before it is sent."""
        return BlockEventsRequest.build(
            self._client, self._signing, self.name, kind, start_block, checkpoint
        )

    def _blocks(
        self, kind: BlockKind, start_block: int | None, checkpoint: Checkpoint | None
    ) -> EventStream[Block]:
        request = self.new_block_events_request(
            kind, start_block=start_block, checkpoint=checkpoint
        )
        return request.events()
