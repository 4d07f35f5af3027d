"""A channel's contracts and events."""

from collections.abc import Callable
from typing import TypeVar

from fabric_protos.common.common_pb2 import Block
from fabric_protos.peer.events_pb2 import BlockAndPrivateData, FilteredBlock

from weftwork.ledger import network
from weftwork.ledger.blocking.contract import Contract
from weftwork.ledger.blocking.events import Events
from weftwork.ledger.blocking.loop_thread import LoopThread
from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.stream import EventStream

__all__ = ["Network"]

T = TypeVar("T")


class Network:
    """See `weftwork.ledger.Network`."""

    def __init__(self, loop: LoopThread, inner: network.Network) -> None:
        self._loop = loop
        self._inner = inner

    def contract(self, chaincode: str, name: str | None = None) -> Contract:
        """A contract of `chaincode`: its default one, or the one called `name`."""
        return Contract(self._loop, self._inner.contract(chaincode, name))

    def height(self) -> int:
        """The number of blocks on the channel, as the organisation's peers have it."""
        return self._loop.run(self._inner.height())

    def chaincode_events(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Events[ChaincodeEvent]:
        """The events that valid transactions of `chaincode` emit, in the ledger's order."""
        return self._events(
            lambda: self._inner.chaincode_events(
                chaincode, start_block=start_block, checkpoint=checkpoint
            )
        )

    def block_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> Events[Block]:
        """Whole blocks: `common.Block`."""
        return self._events(
            lambda: self._inner.block_events(start_block=start_block, checkpoint=checkpoint)
        )

    def filtered_block_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> Events[FilteredBlock]:
        """Transaction ids, validation codes and event names: `protos.FilteredBlock`."""
        return self._events(
            lambda: self._inner.filtered_block_events(
                start_block=start_block, checkpoint=checkpoint
            )
        )

    def block_and_private_data_events(
        self, *, start_block: int | None = None, checkpoint: Checkpoint | None = None
    ) -> Events[BlockAndPrivateData]:
        """Blocks with the private data that the identity may see: `protos.BlockAndPrivateData`."""
        return self._events(
            lambda: self._inner.block_and_private_data_events(
                start_block=start_block, checkpoint=checkpoint
            )
        )

    def _events(self, open_stream: Callable[[], EventStream[T]]) -> Events[T]:
        return Events(self._loop, self._loop.call(open_stream))
