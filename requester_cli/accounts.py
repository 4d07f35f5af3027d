"""`deposit`, `balance` and `payouts`."""

import asyncio
from collections.abc import Sequence

from requester_cli import output
from requester_cli.parties import own_name
from requester_cli.session import open_ledger, read_connection
from requester_cli.settings import Settings
from weftwork import statements
from weftwork.config import Connection, weftwork_home
from weftwork.errors import NotFoundError, UsageError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Account, Escrow, Receipt
from weftwork.lookup import find_task
from weftwork.names import NAME_RULE, did_you_mean, is_name


def deposit(settings: Settings, account: str, amount: int, unit: str, reference: str) -> None:
    """Pay in as a treasurer; the ledger refuses it to anyone else."""
    for option, value in (("--unit", unit), ("--reference", reference)):
        if not is_name(value):
            raise UsageError(f"{option}: {value!r} is no name: {NAME_RULE}")
    path = settings.connection or weftwork_home() / "treasurer.yaml"
    connection = read_connection(path, "--connection")
    receipt = asyncio.run(_deposit(connection, account, amount, unit, reference))
    if settings.json:
        outcome = {"outcome": receipt.outcome, "transaction_id": receipt.transaction_id}
        output.json_document(
            {"account": account, "unit": unit, "amount": amount, "reference": reference} | outcome
        )
        return
    known = ", as it was before" if receipt.outcome == "already-recorded" else ""
    paid = statements.money(amount, unit)
    output.show(f"{account} has got {paid}{known}  (transaction {receipt.transaction_id})")


async def _deposit(
    connection: Connection, account: str, amount: int, unit: str, reference: str
) -> Receipt:
    async with Ledger.open(connection) as ledger:
        await _account(ledger, account)
        return await ledger.accounts.deposit(account, unit, amount, reference)


def balance(settings: Settings, account: str | None) -> None:
    """Print what `account` has, the caller's own if None."""
    found = asyncio.run(_balance(settings, account))
    if settings.json:
        output.json_document(found.model_dump(mode="json"))
    else:
        output.show(*statements.balances(found))


async def _balance(settings: Settings, account: str | None) -> Account:
    async with open_ledger(settings) as ledger:
        name = account or await own_name(ledger)
        if name is None:
            raise NotFoundError(
                f"{ledger.common_name} of {ledger.msp_id} is not registered, and has no account;"
                " `requester_cli register` takes part"
            )
        return await _account(ledger, name)


async def _account(ledger: Ledger, name: str) -> Account:
    """The account, or `NotFoundError` that says how to find the right name."""
    known = [one.name for one in await ledger.participants.list()]
    if name not in known:
        raise NotFoundError(unknown(name, known))
    return await ledger.accounts.get(name)


def unknown(name: str, known: Sequence[str]) -> str:
    """That there is no such participant, and how to find the right one."""
    remedy = (
        "`requester_cli participants` shows all, and `requester_cli register` adds who calls it"
    )
    return f"no participant {name!r}{did_you_mean(name, known) or f'; {remedy}'}"


def payouts(settings: Settings, task: str) -> None:
    """Print who got what of the task's reward, and why."""
    escrow = asyncio.run(_payouts(settings, task))
    if settings.json:
        output.json_document(escrow.model_dump(mode="json"))
    else:
        output.show(*statements.payouts(escrow))


async def _payouts(settings: Settings, task: str) -> Escrow:
    async with open_ledger(settings) as ledger:
        await find_task(ledger, task)
        return await ledger.accounts.escrow(task)
