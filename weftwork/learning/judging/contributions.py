"""What each player adds to a game, by leave-one-out or as a Shapley value. Integers throughout."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from weftwork.learning.judging.parameters import LeaveOneOut, Shapley

__all__ = ["Game", "contributions", "leave_one_out", "shapley"]


class Game(Protocol):
    """A game of `players`, of whom any can be absent."""

    @property
    def players(self) -> Sequence[int]:
        """Who plays."""

    def value(self, present: frozenset[int]) -> int:
        """What these reach together; the more, the better."""


def contributions(game: Game, by: LeaveOneOut | Shapley, seed: int) -> dict[int, int]:
    """Of each player, by the task's method."""
    if isinstance(by, Shapley):
        return shapley(game, by, seed)
    return leave_one_out(game)


def leave_one_out(game: Game) -> dict[int, int]:
    """v(all) - v(all without this one)."""
    everyone = frozenset(game.players)
    whole = game.value(everyone)
    return {one: whole - game.value(everyone - {one}) for one in game.players}


def shapley(game: Game, options: Shapley, seed: int) -> dict[int, int]:
    """Truncated Monte Carlo estimate (Ghorbani and Zou 2019), rounded to the nearest integer.

    The mean over orders of what each adds to those before it; each order's sum is v(all) - v(none)
    but for what was left out, at most `tolerance` of its absolute value. An order is followed by
    its reverse: then who comes early in one comes late in the other, and their errors cancel.
    """
    everyone = frozenset(game.players)
    nobody, whole = game.value(frozenset()), game.value(everyone)
    small = abs(whole - nobody) * options.tolerance
    totals = dict.fromkeys(game.players, 0)
    for order in _orders(game.players, options.permutations, seed):
        present, reached = frozenset[int](), nobody
        for one in order:
            if abs(whole - reached) <= small and options.tolerance:
                break
            present |= {one}
            now = game.value(present)
            totals[one] += now - reached
            reached = now
    return {one: round(total / options.permutations) for one, total in totals.items()}


def _orders(players: Sequence[int], count: int, seed: int) -> Iterator[list[int]]:
    """From the generator's raw bits, which NumPy promises never to change."""
    random = np.random.PCG64(seed)
    for first in range(0, count, 2):
        order = [players[i] for i in np.argsort(random.random_raw(len(players)), kind="stable")]
        yield order
        if first + 1 < count:
            yield order[::-1]
