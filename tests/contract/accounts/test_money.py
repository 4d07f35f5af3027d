"""Money on the real ledger: who makes it, twenty payments at once, and nothing created or lost."""

import asyncio
import json
import secrets
from functools import partial

import pytest

from network.consortium import Consortium
from tests.contract.committee import Committee, caught_up
from tests.contract.ledger.newcomers import newcomers
from tests.contract.requester_cli.parties import (
    Parties,
    artifact,
    connection,
    definition,
    join,
)
from weftwork.ledger import Ledger, Refused
from weftwork.ledger.records import Balance, TaskDefinition

COUNT = 20
PRICE = 1000


def new_task() -> str:
    return f"money-{secrets.token_hex(4)}"


async def buyers(parties: Parties) -> Balance:
    """What the requester has."""
    return (await parties.requester.accounts.get(parties.buyer)).of("credit")


async def test_a_treasurer_of_another_organisation_makes_no_money(
    parties: Parties, consortium: Consortium
) -> None:
    """Its own CA has granted the role, and its own peer endorses for nobody else."""
    async with newcomers(consortium, 1, "treasurer") as forgers:
        (forger,) = forgers.values()
        with pytest.raises(Refused, match="accepts no treasurer of Factory1MSP") as caught:
            await forger.accounts.deposit(parties.buyer, "credit", 5, new_task())
    assert caught.value.code == "PERMISSION_DENIED"
    for ledger in (parties.requester, parties.archive):
        with pytest.raises(Refused, match="needs treasurer"):
            await ledger.accounts.deposit(parties.buyer, "credit", 5, new_task())


async def test_a_deposit_is_made_once(parties: Parties) -> None:
    before, reference = await buyers(parties), new_task()
    deposit = partial(parties.treasurer.accounts.deposit, parties.buyer, "credit")
    first, again = await deposit(7, reference), await deposit(7, reference)
    assert (first.outcome, again.outcome) == ("recorded", "already-recorded")
    with pytest.raises(Refused, match="choose another reference") as caught:
        await deposit(8, reference)
    assert caught.value.code == "ALREADY_EXISTS"
    assert (await buyers(parties)).free == before.free + 7


async def test_the_reward_is_locked_and_comes_back(parties: Parties) -> None:
    before, task = await buyers(parties), new_task()
    await parties.publish(task)
    during, escrow = await buyers(parties), await parties.requester.accounts.escrow(task)
    assert (during.free, during.escrow) == (before.free - PRICE, before.escrow + PRICE)
    assert (escrow.amount, escrow.requester, escrow.settlement) == (PRICE, parties.buyer, None)
    await parties.requester.tasks.cancel(task, "done")
    after = await buyers(parties)
    assert (after.free, after.escrow) == (before.free, before.escrow)
    settlement = (await parties.requester.accounts.escrow(task)).settlement
    assert settlement is not None
    assert (settlement.refund, settlement.payouts) == (PRICE, [])


async def test_a_task_that_is_not_covered_is_refused(parties: Parties) -> None:
    task, free = new_task(), (await buyers(parties)).free
    reward = {"amount": free + 5, "unit": "credit"}
    content = TaskDefinition.model_validate(definition(reward=reward))
    with pytest.raises(Refused, match=r" 5 are missing") as caught:
        await parties.pay(task, content)
    assert caught.value.code == "INSUFFICIENT_FUNDS"
    (coin,) = await parties.funds(1)
    await parties.requester.tasks.publish(
        task, definition(reward={"amount": 1, "unit": "credit"}), [coin]
    )
    with pytest.raises(Refused, match=f"coin {coin} .* is spent already, on task {task}"):
        await parties.requester.tasks.publish(
            new_task(), definition(reward={"amount": 1, "unit": "credit"}), [coin]
        )
    await parties.requester.tasks.cancel(task, "done")


async def once(ledger: Ledger, transaction: str, *arguments: str) -> str:
    """The outcome of one submission; raises `CommitError` where it conflicts."""
    name, _, function = transaction.partition(":")
    answer = await ledger.network.contract("weftwork", name).submit(function, *arguments)
    return str(json.loads(answer)["outcome"])


async def test_twenty_payments_and_refunds_of_one_account_at_once(parties: Parties) -> None:
    """Each submitted once, without the retry that `Ledger` has for conflicts."""
    await parties.deposit(parties.buyer, COUNT * PRICE * 2)
    before = await buyers(parties)
    coins = await parties.requester.accounts.coins(parties.buyer, "credit")
    enough = [coin for coin in coins if coin.amount >= PRICE][:COUNT]
    assert len(enough) == COUNT
    await everywhere(parties, before)
    content, recorded = json.dumps(definition()), ["recorded"] * COUNT
    tasks = [new_task() for _ in enough]
    publications = (
        once(parties.requester, "Tasks:Publish", task, content, json.dumps([coin.id]))
        for task, coin in zip(tasks, enough, strict=True)
    )
    assert await asyncio.gather(*publications) == recorded
    during = await buyers(parties)
    assert (during.free, during.escrow) == (
        before.free - COUNT * PRICE,
        before.escrow + COUNT * PRICE,
    )
    await everywhere(parties, during)
    refunds = (once(parties.requester, "Tasks:Cancel", task, "done") for task in tasks)
    assert await asyncio.gather(*refunds) == recorded
    assert (await buyers(parties)).free == before.free


async def test_twenty_tasks_pay_one_provider_at_once(parties: Parties) -> None:
    """Each end is submitted once; all of them make coins of the same owner."""
    await parties.deposit(parties.buyer, COUNT * PRICE * 2)
    provider, tasks = parties.factories["factory1"], [new_task() for _ in range(COUNT)]
    await asyncio.gather(*(one_round(parties, task) for task in tasks))
    before = (await provider.accounts.get("factory1")).of("credit")
    ends = (once(provider, "Rounds:Finalize", task) for task in tasks)
    assert await asyncio.gather(*ends) == ["recorded"] * COUNT
    settlements = [(await provider.accounts.escrow(task)).settlement for task in tasks]
    paid = [one.payouts[0].amount for one in settlements if one is not None]
    assert len(paid) == COUNT
    assert all(paid)
    after = (await provider.accounts.get("factory1")).of("credit")
    assert (after.free, after.earned) == (before.free + sum(paid), before.earned + sum(paid))


async def one_round(parties: Parties, task: str) -> None:
    """Of factory1 alone, up to the record that every organisation's peer has."""
    one = {"min": 1, "max": 1, "join_seconds": 600}
    changes = {"participants": one, "training": definition()["training"] | {"rounds": 1}}
    await parties.publish(task, **changes)
    provider = parties.factories["factory1"]
    await caught_up(partial(join, provider, task))
    await caught_up(partial(parties.archive.tasks.start, task, ["factory1"]))
    await parties.submit(task, 1, "factory1")
    await Committee({"factory1": provider}, task, 1).decide(artifact(b"the model"))

    async def committed(ledger: Ledger) -> None:
        if (await ledger.rounds.get(task, 1)).record is None:
            raise Refused("an older block", "BEHIND", "")

    for ledger in (parties.requester, *parties.factories.values()):
        await caught_up(partial(committed, ledger))


async def everywhere(parties: Parties, balance: Balance) -> None:
    """Every organisation's peer has what the requester's has: none endorses on an older block."""

    async def seen(ledger: Ledger) -> None:
        found = (await ledger.accounts.get(parties.buyer)).of("credit")
        if found != balance:
            raise Refused("an older block", "BEHIND", "")

    for ledger in parties.factories.values():
        await caught_up(partial(seen, ledger))


async def test_two_programs_with_one_account_pay_side_by_side(parties: Parties) -> None:
    """Neither knows what the other spends; both choose anew where it was first."""
    before = await buyers(parties)
    other = Ledger.open(connection(parties.home, "requester", "requester"))
    content = TaskDefinition.model_validate(definition())
    tasks = [new_task() for _ in range(COUNT)]

    async def pay(number: int, task: str) -> None:
        ledger = (parties.requester, other)[number % 2]
        await ledger.wallet(parties.buyer).pay(
            content.reward, lambda coins: ledger.tasks.publish(task, content, coins)
        )

    async with other:
        await asyncio.gather(*(pay(number, task) for number, task in enumerate(tasks)))
    assert (await buyers(parties)).escrow == before.escrow + COUNT * PRICE
    await asyncio.gather(*(parties.requester.tasks.cancel(task, "done") for task in tasks))
    assert (await buyers(parties)).free == before.free


async def test_what_came_in_is_what_is_there(parties: Parties) -> None:
    audit = await parties.requester.accounts.audit("credit")
    assert audit.holds
    assert audit.deposited == audit.free + audit.escrow > 0
    assert (await parties.requester.accounts.audit("yen")).deposited == 0
