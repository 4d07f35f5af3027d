"""The contract `Accounts`: deposits, what participants have, and what tasks put aside and paid."""

from weftwork.ledger.calls import Calls
from weftwork.ledger.contract import Contract
from weftwork.ledger.records import Account, Audit, Coin, Escrow, Receipt

__all__ = ["Accounts"]


class Accounts:
    """Money in minor units. An account is a participant's, under its registered name."""

    def __init__(self, contract: Contract) -> None:
        self._calls = Calls(contract)

    async def deposit(self, account: str, unit: str, amount: int, reference: str) -> Receipt:
        """Pay `amount` in (treasurers only); `reference` is used once, for ever.

        Repeating it with the same content is harmless, with another refused (`ALREADY_EXISTS`).
        """
        return await self._calls.write("Deposit", account, unit, str(amount), reference)

    async def get(self, account: str) -> Account:
        """What `account` has, or `NotFound`."""
        return await self._calls.read(Account, "Get", account)

    async def coins(self, account: str, unit: str = "") -> list[Coin]:
        """The coins that `account` can spend, of `unit` if one is given."""
        return await self._calls.read_all(Coin, "ListCoins", account, unit)

    async def escrow(self, task: str) -> Escrow:
        """What is put aside for `task`, and once it has ended who got it; or `NotFound`."""
        return await self._calls.read(Escrow, "GetEscrow", task)

    async def audit(self, unit: str) -> Audit:
        """All money of `unit` on the ledger, added up: a long look, where there is much."""
        return await self._calls.read(Audit, "GetAudit", unit)
