"""Money as people read it: what an account has, and what a task paid. Minor units, as recorded."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from weftwork.ledger.records import Account, Escrow, Settlement
from weftwork.units import MILLION

__all__ = ["balances", "money", "payouts"]


def money(amount: int, unit: str) -> str:
    """`1000 credit`."""
    return f"{amount} {unit}"


def balances(account: Account) -> list[Table | Text]:
    """A line a unit."""
    if not account.balances:
        return [Text(f"{account.account} has never had any money")]
    table = _table(account.account, "free", "in escrow", "earned so far")
    for one in account.balances:
        table.add_row(one.unit, str(one.free), str(one.escrow), str(one.earned))
    return [table]


def payouts(escrow: Escrow) -> list[Table | Text]:
    """What became of a task's reward, and of what share of the work each payout is."""
    put = f"{money(escrow.amount, escrow.unit)} of {escrow.requester}"
    settlement = escrow.settlement
    if settlement is None:
        return [Text(f"{put} in escrow until task {escrow.task} ends")]
    refund = money(settlement.refund, settlement.unit)
    text = f"{put}: {_earned(settlement)}, {refund} refunded  (transaction {settlement.tx_id})"
    return [Text(text), *_paid(settlement)]


def _earned(settlement: Settlement) -> str:
    rounds = f"{settlement.rounds} round{'' if settlement.rounds == 1 else 's'}"
    return f"{money(settlement.earnable, settlement.unit)} to be earned in {rounds}"


def _paid(settlement: Settlement) -> Sequence[Table]:
    if not settlement.payouts:
        return []
    table = _table("participant", "share", settlement.unit)
    for one in settlement.payouts:
        share = one.points / (MILLION * max(settlement.rounds, 1))
        table.add_row(one.participant, f"{share:.2%}", str(one.amount))
    return [table]


def _table(first: str, *numbers: str) -> Table:
    """An empty table: names on the left, then numbers."""
    empty = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    empty.add_column(first, no_wrap=True)
    for heading in numbers:
        empty.add_column(heading, justify="right", no_wrap=True)
    return empty
