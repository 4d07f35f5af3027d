"""The Gateway client for programs without asyncio: the same words, and each call waits.

    with Gateway(endpoint, identity=..., signer=..., tls=...) as gateway:
        answer = gateway.network("weftwork").contract("weftwork", "Tasks").evaluate("Get", "id")

A thread of its own does the work, so one `Gateway` serves any number of threads. Errors, deadlines,
checkpoints, statuses and the arguments' meaning are those of `weftwork.ledger`.
"""

from collections.abc import Iterator
from typing import Any, Generic, Protocol, Self, TypeVar, Unpack

from weftwork.ledger import commit, contract, gateway, network, proposal, transaction
from weftwork.ledger.block_events import BlockKind
from weftwork.ledger.chaincode_events import ChaincodeEvent
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.contract import ProposalOptions
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.loop_thread import LoopThread
from weftwork.ledger.signing import Identity, Signer
from weftwork.ledger.stream import EventStream

__all__ = [
    "Commit",
    "Contract",
    "Events",
    "Gateway",
    "Network",
    "Proposal",
    "Transaction",
]

T = TypeVar("T")


class _Signable(Protocol):
    """What can be signed elsewhere."""

    @property
    def digest(self) -> bytes: ...
    def __bytes__(self) -> bytes: ...


S = TypeVar("S", bound=_Signable)


class _Waiting(Generic[S]):
    """An asynchronous request, and the thread that carries it out."""

    def __init__(self, loop: LoopThread, inner: S) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def digest(self) -> bytes:
        """What is to be signed."""
        return self._inner.digest

    def __bytes__(self) -> bytes:
        return bytes(self._inner)


class Commit(_Waiting[commit.Commit]):
    """See `weftwork.ledger.Commit`."""

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._inner.transaction_id

    def status(self, deadline: float | None = None) -> commit.Status:
        """Wait until the transaction is in a block."""
        return self._loop.run(self._inner.status(deadline))


class Transaction(_Waiting[transaction.Transaction]):
    """See `weftwork.ledger.Transaction`."""

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._inner.transaction_id

    @property
    def result(self) -> bytes:
        """What the contract returned; it holds once the transaction is committed."""
        return self._inner.result

    @property
    def commit(self) -> Commit:
        """The commit to ask about, also where `submit` did not return."""
        return Commit(self._loop, self._inner.commit)

    def submit(self, deadline: float | None = None) -> Commit:
        """Return once the orderers have the transaction."""
        return Commit(self._loop, self._loop.run(self._inner.submit(deadline)))


class Proposal(_Waiting[proposal.Proposal]):
    """See `weftwork.ledger.Proposal`."""

    @property
    def transaction_id(self) -> str:
        """The id of the transaction that is proposed."""
        return self._inner.transaction_id

    def evaluate(self, deadline: float | None = None) -> bytes:
        """The answer of one peer; nothing is written."""
        return self._loop.run(self._inner.evaluate(deadline))

    def endorse(self, deadline: float | None = None) -> Transaction:
        """The endorsed transaction, ready to be submitted."""
        return Transaction(self._loop, self._loop.run(self._inner.endorse(deadline)))

    def submit(self) -> bytes:
        """Endorse, submit, wait for the commit; the transaction's result."""
        return self._loop.run(self._inner.submit())


class Events(Generic[T]):
    """A running stream of events; iterating waits. `close`, from any thread, ends it."""

    def __init__(self, loop: LoopThread, stream: EventStream[T]) -> None:
        self._loop = loop
        self._stream = stream

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            return self._loop.run(self._stream.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """End the stream."""
        self._loop.run(self._stream.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Contract:
    """See `weftwork.ledger.Contract`."""

    def __init__(self, loop: LoopThread, inner: contract.Contract) -> None:
        self._loop = loop
        self._inner = inner

    def proposal(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> Proposal:
        """A proposal of `transaction`."""
        return Proposal(self._loop, self._inner.proposal(transaction, *arguments, **options))

    def evaluate(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The answer of one peer; nothing is written."""
        return self.proposal(transaction, *arguments, **options).evaluate()

    def submit(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> bytes:
        """The transaction's result, once it is committed."""
        return self.proposal(transaction, *arguments, **options).submit()

    def submit_async(
        self, transaction: str, *arguments: str | bytes, **options: Unpack[ProposalOptions]
    ) -> tuple[bytes, Commit]:
        """The result, once the orderers have the transaction, and its commit to ask about."""
        endorsed = self.proposal(transaction, *arguments, **options).endorse()
        return endorsed.result, endorsed.submit()


class Network:
    """See `weftwork.ledger.Network`."""

    def __init__(self, loop: LoopThread, inner: network.Network) -> None:
        self._loop = loop
        self._inner = inner

    def contract(self, chaincode: str, name: str | None = None) -> Contract:
        """A contract of `chaincode`: its default one, or the one called `name`."""
        return Contract(self._loop, self._inner.contract(chaincode, name))

    def chaincode_events(
        self,
        chaincode: str,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Events[ChaincodeEvent]:
        """The events that valid transactions of `chaincode` emit, in the ledger's order."""
        request = self._inner.new_chaincode_events_request(
            chaincode, start_block=start_block, checkpoint=checkpoint
        )
        return Events(self._loop, self._loop.call(request.events))

    def block_events(
        self,
        kind: BlockKind = BlockKind.FULL,
        *,
        start_block: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Events[Any]:
        """Blocks of the channel, as much of each as `kind` says."""
        request = self._inner.new_block_events_request(
            kind, start_block=start_block, checkpoint=checkpoint
        )
        return Events(self._loop, self._loop.call(request.events))


class Gateway:
    """See `weftwork.ledger.Gateway`. Close it, or use it as a context manager."""

    def __init__(
        self,
        endpoint: str,
        *,
        identity: Identity,
        signer: Signer | None = None,
        tls: TlsOptions,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._inner = gateway.Gateway(
            endpoint, identity=identity, signer=signer, tls=tls, deadlines=deadlines
        )
        self._loop = LoopThread()

    def network(self, channel: str) -> Network:
        """The network of the peers on `channel`."""
        return Network(self._loop, self._inner.network(channel))

    def new_signed_proposal(self, request: bytes, signature: bytes) -> Proposal:
        """The proposal that `request` is the bytes of, signed elsewhere."""
        return Proposal(self._loop, self._inner.new_signed_proposal(request, signature))

    def new_signed_transaction(self, request: bytes, signature: bytes) -> Transaction:
        """The transaction that `request` is the bytes of, signed elsewhere."""
        return Transaction(self._loop, self._inner.new_signed_transaction(request, signature))

    def new_signed_commit(self, request: bytes, signature: bytes) -> Commit:
        """The commit that `request` is the bytes of, signed elsewhere."""
        return Commit(self._loop, self._inner.new_signed_commit(request, signature))

    def close(self) -> None:
        """End the connection and the thread; calls in flight are cancelled."""
        self._loop.run(self._inner.close())
        self._loop.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
