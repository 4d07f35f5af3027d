"""Which coins pay: few, no two payments of one process the same, and others where one is gone.

A transaction names the coins that it spends; of two that name the same one the ledger takes one.
"""

import asyncio
import random
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from typing import TypeVar

from weftwork.errors import RefusedError
from weftwork.ledger.accounts import Accounts
from weftwork.ledger.records import Coin, Reward
from weftwork.ledger.refusals import CONFLICTS

__all__ = ["MOST_COINS", "Wallet", "choose"]

T = TypeVar("T")

MOST_COINS = 256  # that one transaction spends
ATTEMPTS = 5

# Another process has spent a coin first: before this transaction was made, or in its block.
_SPENT = CONFLICTS | {"INSUFFICIENT_FUNDS"}


def choose(coins: Sequence[Coin], amount: int, chance: random.Random) -> list[Coin] | None:
    """The fewest of `coins` that cover `amount`, by chance among equals; None if they do not.

    Since fewer would not do, none of them is needless, which the ledger would refuse.
    """
    ordered = sorted(coins, key=lambda coin: coin.amount, reverse=True)
    sums = list(accumulate((coin.amount for coin in ordered[:MOST_COINS]), initial=0))
    if sums[-1] < amount:
        return None
    count = bisect_left(sums, amount)
    chosen: list[Coin] = []
    while len(chosen) < count:
        chosen.append(chance.choice(_fitting(ordered, amount, count - len(chosen))))
        ordered.remove(chosen[-1])
        amount -= chosen[-1].amount
    return chosen


def _fitting(ordered: Sequence[Coin], amount: int, count: int) -> list[Coin]:
    """Those of `ordered` (the largest first) with which `count` coins can still cover `amount`."""
    rest = sum(coin.amount for coin in ordered[: count - 1])
    last = ordered[count - 1].amount if count else 0
    return [
        coin
        for place, coin in enumerate(ordered)
        if (rest + coin.amount if place >= count - 1 else rest + last) >= amount
    ]


class Wallet:
    """The coins of one account, as far as this process spends them."""

    def __init__(
        self, accounts: Accounts, account: str, chance: random.Random | None = None
    ) -> None:
        self._accounts = accounts
        self._account = account
        self._chance = chance or random.SystemRandom()
        self._held: set[str] = set()  # by calls that are being made
        self._released = asyncio.Condition()

    async def pay(self, price: Reward, spend: Callable[[list[str]], Awaitable[T]]) -> T:
        """What `spend` returns, called with the ids of coins that cover `price`.

        A call waits where the coins that others hold would do. Where another process was faster it
        is made anew, with other coins. Where all coins do not cover `price`, `spend` gets what
        there are: the ledger knows whether that matters (a repetition pays nothing), and says what
        is missing.
        """
        if price.amount == 0:
            return await spend([])
        for attempt in range(1, ATTEMPTS + 1):
            coins, covered = await self._take(price)
            try:
                return await spend(coins)
            except RefusedError as error:
                if error.code not in _SPENT or not covered or attempt == ATTEMPTS:
                    raise
            finally:
                await self._give_back(coins)
        raise AssertionError("the last attempt returns or raises")

    async def _take(self, price: Reward) -> tuple[list[str], bool]:
        """Ids of free coins, held for one call, and whether they cover `price`.

        The lock is kept while the ledger is asked: a coin that was spent meanwhile is still held.
        """
        async with self._released:
            while True:
                found = await self._accounts.coins(self._account, price.unit)
                free = [coin for coin in found if coin.id not in self._held]
                chosen = choose(free, price.amount, self._chance)
                if chosen is not None or not self._held:
                    break
                await self._released.wait()
            ids = [coin.id for coin in (_largest(free) if chosen is None else chosen)]
            self._held.update(ids)
            return ids, chosen is not None

    async def _give_back(self, coins: Sequence[str]) -> None:
        """The call that held `coins` is over: if it has spent them, the ledger says so."""
        async with self._released:
            self._held.difference_update(coins)
            self._released.notify_all()


def _largest(coins: Sequence[Coin]) -> list[Coin]:
    """Those with most in them, as many as a transaction may spend."""
    return sorted(coins, key=lambda coin: coin.amount, reverse=True)[:MOST_COINS]
