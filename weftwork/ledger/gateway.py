"""An identity's connection to a gateway peer."""

from types import TracebackType
from typing import Self

from weftwork.ledger.channel import TlsOptions
from weftwork.ledger.client import GatewayClient
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.network import Network
from weftwork.ledger.offline import Offline
from weftwork.ledger.signing import Identity, Signer, SigningIdentity

__all__ = ["Gateway"]


class Gateway(Offline):
    """The Fabric Gateway service of the peer at `endpoint` (host:port), used by one identity.

    Use it as an asynchronous context manager; the connection is made by the first call. Without a
    `signer`, requests are built here, signed elsewhere, and come back through `new_signed_*`.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        identity: Identity,
        signer: Signer | None = None,
        tls: TlsOptions,
        deadlines: Deadlines | None = None,
    ) -> None:
        client = GatewayClient(endpoint, tls, deadlines or Deadlines())
        super().__init__(client, SigningIdentity(identity, signer))

    @property
    def identity(self) -> Identity:
        """Who calls."""
        return self._signing.identity

    def network(self, channel: str) -> Network:
        """The network of the peers on `channel`."""
        return Network(self._client, self._signing, channel)

    async def close(self) -> None:
        """End the connection; calls in flight are cancelled."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
