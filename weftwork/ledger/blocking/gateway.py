"""An identity's connection to a gateway peer, for any number of threads."""

from typing import Self

from weftwork.ledger import gateway
from weftwork.ledger.blocking.loop_thread import LoopThread
from weftwork.ledger.blocking.network import Network
from weftwork.ledger.blocking.stages import Commit, Proposal, Transaction
from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.signing import Identity, Signer

__all__ = ["Gateway"]


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

    @property
    def identity(self) -> Identity:
        """Who calls."""
        return self._inner.identity

    def network(self, channel: str) -> Network:
        """The network of the peers on `channel`."""
        return Network(self._loop, self._inner.network(channel))

    def new_proposal(self, request: bytes) -> Proposal:
        """The proposal that `request` is the bytes of."""
        return Proposal(self._loop, self._inner.new_proposal(request))

    def new_signed_proposal(self, request: bytes, signature: bytes) -> Proposal:
        """The proposal that `request` is the bytes of, signed elsewhere."""
        return Proposal(self._loop, self._inner.new_signed_proposal(request, signature))

    def new_transaction(self, request: bytes) -> Transaction:
        """The transaction that `request` is the bytes of."""
        return Transaction(self._loop, self._inner.new_transaction(request))

    def new_signed_transaction(self, request: bytes, signature: bytes) -> Transaction:
        """The transaction that `request` is the bytes of, signed elsewhere."""
        return Transaction(self._loop, self._inner.new_signed_transaction(request, signature))

    def new_commit(self, request: bytes) -> Commit:
        """The commit that `request` is the bytes of."""
        return Commit(self._loop, self._inner.new_commit(request))

    def new_signed_commit(self, request: bytes, signature: bytes) -> Commit:
        """The commit that `request` is the bytes of, signed elsewhere."""
        return Commit(self._loop, self._inner.new_signed_commit(request, signature))

    def close(self) -> None:
        """End the connection and the thread; calls in flight are cancelled.

        A second time does nothing; any other call afterwards raises `GatewayError`.
        """
        self._loop.stop(self._inner.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
