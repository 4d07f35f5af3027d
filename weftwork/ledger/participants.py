"""The contract `Participants`: who takes part, under which identity, and where its node is."""

from weftwork.ledger.calls import Calls
from weftwork.ledger.contract import Contract
from weftwork.ledger.records import Participant, Receipt

__all__ = ["Participants"]


class Participants:
    """Registration. The identity is the caller's certificate, never an argument."""

    def __init__(self, contract: Contract) -> None:
        self._calls = Calls(contract)

    async def register(self, name: str, endpoint: str = "") -> Receipt:
        """Take `name` for the calling identity; `endpoint` (host:port) is empty for a requester."""
        return await self._calls.write("Register", name, endpoint)

    async def update_endpoint(self, endpoint: str) -> Receipt:
        """Announce a new endpoint, and refresh the recorded certificate."""
        return await self._calls.write("UpdateEndpoint", endpoint)

    async def deactivate(self) -> Receipt:
        """Withdraw from future tasks."""
        return await self._calls.write("Deactivate")

    async def get(self, name: str) -> Participant:
        """The participant, or `NotFound`."""
        return await self._calls.read(Participant, "Get", name)

    async def list(self) -> list[Participant]:
        """Everyone who ever registered, by name."""
        return await self._calls.read_all(Participant, "List")
