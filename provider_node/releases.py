"""A task's entries in the book of a data set, and what it may still add to them.

    TASK/joining/SECRET              the counts that are told once
    TASK/round/NUMBER/INPUTS/SECRET  a round of training: its inputs' digest is its noise's key

SECRET names the task's secret: under another one the same is another release.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from weftwork.learning.privacy.mechanism import Mechanism
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.secret import identity
from weftwork.learning.privacy.spends import Entry, Limit, Spends

__all__ = ["Releases"]


@dataclass(frozen=True)
class Releases:
    """What `task` releases of the data set `data` by `plan`, under one secret."""

    spends: Spends
    task: str
    data: str
    plan: Plan
    secret: bytes

    def book_joining(self, limit: Limit) -> None:
        """Book the counts; raises `BudgetError`, and books nothing, beyond the limit."""
        if self.plan.joining:
            entry = Entry(self._joining, self.plan.joining, self.plan.mode)
            self.spends.record(self.data, entry, limit)

    def book_round(self, number: int, inputs: str, limit: Limit) -> None:
        """Book a round, and the counts if this secret's are not: training may use them."""
        self.book_joining(limit)
        key = self._round(number, inputs)
        cost = Entry(key, (self.plan.round_spend(),), self.plan.mode)
        self.spends.record(self.data, cost, limit)

    def epsilon_with(self, number: int, inputs: str) -> float:
        """The epsilon of the task with this round, and all that is booked of it."""
        keys = {*self._keys(), self._joining, self._round(number, inputs)}
        return self.plan.epsilon_after(self._rounds(keys), _count(keys, f"{self.task}/joining/"))

    def outstanding(self) -> tuple[Mechanism, ...]:
        """What the task may still spend: the counts and rounds of its plan that are not booked."""
        keys = self._keys()
        rounds = max(self.plan.rounds - self._rounds(keys), 0)
        return self.plan.spends(rounds, int(self._joining not in keys))

    @property
    def _joining(self) -> str:
        return f"{self.task}/joining/{identity(self.secret)}"

    def _round(self, number: int, inputs: str) -> str:
        return f"{self.task}/round/{number}/{inputs}/{identity(self.secret)}"

    def _rounds(self, keys: Iterable[str]) -> int:
        return _count(keys, f"{self.task}/round/")

    def _keys(self) -> set[str]:
        return {one.key for one in self.spends.entries(self.data)}


def _count(keys: Iterable[str], beginning: str) -> int:
    return sum(key.startswith(beginning) for key in keys)
