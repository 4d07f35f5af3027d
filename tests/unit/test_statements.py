"""What people read of money. The numbers are the ledger's own."""

from typing import Any

import pytest
from rich.console import Console

from weftwork import statements
from weftwork.ledger.records import Account, Escrow

ESCROW = {"task": "digits", "requester": "buyer", "unit": "credit", "amount": 1000, "tx_id": "a"}
SETTLED = ESCROW | {
    "earnable": 600,
    "rounds": 2,
    "payouts": [
        {"participant": "factory1", "points": 1_500_000, "amount": 450},
        {"participant": "factory2", "points": 3, "amount": 0},
    ],
    "refund": 550,
    "settled_at_ms": 1,
    "tx_id": "b",
}


def shown(parts: list[Any]) -> list[list[str]]:
    """The words of each line."""
    console = Console(width=160, highlight=False)
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    return [line.split() for line in captured.get().splitlines()]


def test_a_balance_is_a_line_a_unit() -> None:
    balance = {"unit": "credit", "free": 5, "coins": 2, "escrow": 3, "earned": 1}
    account = {"account": "buyer", "balances": [balance, balance | {"unit": "euro"}]}
    assert shown(statements.balances(Account.model_validate(account))) == [
        ["buyer", "free", "in", "escrow", "earned", "so", "far"],
        ["credit", "5", "3", "1"],
        ["euro", "5", "3", "1"],
    ]


def test_an_account_without_money_says_so() -> None:
    (line,) = shown(statements.balances(Account(account="buyer")))
    assert " ".join(line) == "buyer has never had any money"


def test_a_unit_that_an_account_never_had_is_nothing() -> None:
    assert Account(account="buyer").of("credit").free == 0


def test_payouts_say_who_got_what_for_which_share() -> None:
    first, *table = shown(
        statements.payouts(Escrow.model_validate(ESCROW | {"settlement": SETTLED}))
    )
    assert " ".join(first) == (
        "1000 credit of buyer: 600 credit to be earned in 2 rounds, 550 credit refunded"
        " (transaction b)"
    )
    assert table == [
        ["participant", "share", "credit"],
        ["factory1", "75.00%", "450"],
        ["factory2", "0.00%", "0"],
    ]


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_task_that_paid_nobody_has_no_table(rounds: int) -> None:
    settlement = SETTLED | {"rounds": rounds, "payouts": [], "earnable": 0, "refund": 1000}
    (line,) = shown(statements.payouts(Escrow.model_validate(ESCROW | {"settlement": settlement})))
    assert f"in {rounds} round" in " ".join(line)
    assert "1000 credit refunded" in " ".join(line)


def test_before_the_end_there_is_what_is_in_escrow() -> None:
    (line,) = shown(statements.payouts(Escrow.model_validate(ESCROW)))
    assert " ".join(line) == "1000 credit of buyer in escrow until task digits ends"
