"""The contract `Accounts`: money, in minor units. A unit is a name; units never mix."""

from typing import Literal

from pydantic import Field

from weftwork.ledger.records.base import Record
from weftwork.names import Name

__all__ = ["Account", "Audit", "Balance", "Coin", "Escrow", "Payout", "Settlement"]


class Balance(Record):
    """What an account has of one unit."""

    unit: str
    free: int = Field(ge=0, description="not spent, and so there to spend")
    coins: int = Field(ge=0, description="in which it is: as many payments at once")
    escrow: int = Field(ge=0, description="put aside for own tasks that have not ended")
    earned: int = Field(ge=0, description="paid by tasks, ever, whatever became of it")


class Account(Record):
    """A participant's money, of every unit that it ever had."""

    account: Name
    balances: list[Balance] = []

    def of(self, unit: str) -> Balance:
        """Its money of that unit, all 0 if it never had any."""
        nothing = Balance(unit=unit, free=0, coins=0, escrow=0, earned=0)
        return next((one for one in self.balances if one.unit == unit), nothing)


class Coin(Record):
    """An amount that its owner can spend once, and whole."""

    owner: Name
    id: str
    unit: str
    amount: int = Field(ge=1)
    from_: Literal["deposit", "change", "task", "refund"] = Field(alias="from")
    of: str = Field(description="the deposit's reference, else the task")
    tx_id: str = ""


class Payout(Record):
    """What one participant got, and what it had earned it with."""

    participant: Name
    points: int = Field(ge=0, description="a committed round gives a million of them in all")
    amount: int = Field(ge=0)


class Settlement(Record):
    """What became of an escrow when its task ended: `refund` and the payouts make up `amount`."""

    task: Name
    requester: Name
    unit: str
    amount: int
    earnable: int = Field(description="of `amount`, in the rounds that were committed")
    rounds: int = Field(description="that were committed")
    payouts: list[Payout] = []
    refund: int
    settled_at_ms: int
    tx_id: str = ""


class Escrow(Record):
    """A task's reward, put aside by its requester; `settlement` is None until the task ends."""

    task: Name
    requester: Name
    unit: str
    amount: int
    coins: list[str] = []
    tx_id: str = ""
    settlement: Settlement | None = None


class Audit(Record):
    """All money of a unit; `holds`: what was deposited is what is free and in escrow."""

    unit: str
    deposited: int
    free: int
    escrow: int
    holds: bool
