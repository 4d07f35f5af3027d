"""Which coins pay: the fewest that cover the amount, none needless, by chance among equals."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from weftwork.ledger.records import Coin
from weftwork.ledger.wallet import MOST_COINS, choose


def coins(*amounts: int) -> list[Coin]:
    return [
        Coin.model_validate(
            {
                "owner": "buyer",
                "id": f"deposit.a.{number}",
                "unit": "credit",
                "amount": amount,
                "from": "deposit",
                "of": "a",
            }
        )
        for number, amount in enumerate(amounts, 1)
    ]


amounts = st.lists(st.integers(1, 40), max_size=7)


@given(amounts, st.integers(0, 200), st.integers())
def test_the_fewest_coins_that_cover_it_are_chosen(
    amounts: list[int], price: int, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311 - no secret
    chosen = choose(coins(*amounts), price, chance)
    fewest = next(
        (
            count
            for count in range(len(amounts) + 1)
            if any(sum(some) >= price for some in combinations(amounts, count))
        ),
        None,
    )
    if chosen is None:
        assert fewest is None
        return
    total = sum(coin.amount for coin in chosen)
    assert len({coin.id for coin in chosen}) == len(chosen) == fewest
    assert total >= price
    assert all(total - coin.amount < price for coin in chosen)


def test_every_choice_that_is_as_good_is_made_sometimes() -> None:
    chance = Random(1)  # noqa: S311 - no secret
    found = set()
    for _ in range(200):
        chosen = choose(coins(7, 5, 4, 3, 1), 9, chance) or []
        found.add(frozenset(coin.amount for coin in chosen))
    assert found == {frozenset(pair) for pair in combinations((7, 5, 4, 3, 1), 2) if sum(pair) >= 9}


def test_no_more_are_chosen_than_a_transaction_spends() -> None:
    many, chance = coins(*[1] * (MOST_COINS + 1)), Random(1)  # noqa: S311 - no secret
    assert len(choose(many, MOST_COINS, chance) or ()) == MOST_COINS
    assert choose(many, MOST_COINS + 1, chance) is None
