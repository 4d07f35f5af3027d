"""What this node lets tasks learn of its data sets: its owner's limits, and what is spent.

What a round spends is booked before its first noisy step, under the key that its noise has. A round
that is trained again after a crash has the same key, and spends nothing anew.
"""

import threading
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

from pydantic import TypeAdapter

from provider_node.config import PrivacyLimits
from provider_node.consent.limits import limit_rulings
from provider_node.kept_tasks import KeptTasks
from provider_node.releases import Releases
from provider_node.terms import Terms
from provider_node.trainer import PrivacyTerms
from weftwork.errors import RefusedError
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.mechanism import NEIGHBOURING, Mechanism
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.record import epsilon_of
from weftwork.learning.privacy.release import noisy_samples
from weftwork.learning.privacy.secret import drawn
from weftwork.learning.privacy.spends import Limit, Spends
from weftwork.learning.privacy.statement import micro, statement
from weftwork.ledger.records import Join, PrivacyBudget, PrivacySpend

__all__ = ["Admission", "Budgets", "NotAllowedError", "said_of"]

MILLIONTH = Decimal("0.000001")


class NotAllowedError(RefusedError):
    """The task asks for what this node's owner does not allow."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="privacy_limits")


@dataclass(frozen=True)
class Admission:
    """What a node joins a task with: a data set, how many samples it is said to have, a budget."""

    data: str
    samples: int
    budget: PrivacyBudget


@dataclass
class Budgets:
    """The privacy of all data sets of a node, in `folder`. Every method may take seconds."""

    limits: PrivacyLimits
    folder: Path
    _plans: dict[tuple[str, int, Decimal], Plan] = field(default_factory=dict)
    _secrets: dict[str, bytes] = field(default_factory=dict)  # of tasks that are not joined yet
    _joining: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._spends = Spends(self.folder)
        self._kept = KeptTasks(self.folder)

    @property
    def tasks(self) -> list[str]:
        """The private tasks that this node has joined, or tried to, and has not forgotten."""
        return self._kept.names

    def admit(self, task: str, terms: Terms, data: str, samples: int) -> Admission:
        """What to join `task` with, having so many samples of the data set `data`.

        What was told of that data set at an attempt before is told again. Raises `RefusedError`
        where a limit forbids it, or the data set has not enough left for all rounds, beside what
        the tasks that are joined may still spend; the message says which key of node.yaml decides.
        """
        self._allow(terms)
        if terms.privacy.mode == "none":
            return Admission(data, samples, PrivacyBudget())
        secret, told = self._told(task, terms, data, samples)
        most = self.limits.epsilon_per_task.quantize(MILLIONTH, ROUND_FLOOR)
        plan = self._plan(task, terms, told, most)
        self._require_room(Releases(self._spends, task, data, plan, secret))
        granted = micro(float(plan.epsilon))
        budget = PrivacyBudget(mode=plan.mode, epsilon_micro=granted, delta=str(plan.delta))
        return Admission(data, plan.samples, budget)

    def joining(self, task: str, terms: Terms, join: Join) -> None:
        """Book what joining releases, and reserve what all rounds will spend, before it does.

        Raises as `admit`: another task may have been joined since.
        """
        if join.privacy_budget.mode == "none":
            return
        with self._joining:
            kept = self._kept_for(task, terms, join)
            releases = self._releases_of(task, kept)
            self._require_room(releases)
            self._kept.put(task, kept)
            self._secrets.pop(task, None)
            releases.book_joining(self._limit)

    def account(self, data: str) -> str:
        """What all tasks together have spent of a data set; empty for one that none has used."""
        return self._spends.account(data, self._limit)

    def forget(self, task: str) -> None:
        """The task is over: its secret goes, and what it has not spent is free."""
        self._secrets.pop(task, None)
        self._kept.forget(task)

    def spend(self, task: str, terms: Terms, join: Join, number: int, inputs: str) -> PrivacySpend:
        """Book what a round of training releases; all that the task has spent then.

        `inputs` is the digest under which the round's noise is drawn: with another, the same round
        is another release. Raises `BudgetError`, and books nothing, where the data set or the task
        has not enough left.
        """
        if join.privacy_budget.mode == "none":
            return PrivacySpend()
        releases, budget = self._releases(task, terms, join), join.privacy_budget
        plan = releases.plan
        spend = PrivacySpend(
            mode=plan.mode,
            epsilon_micro=micro(releases.epsilon_with(number, inputs)),
            delta=str(plan.delta),
            neighbouring=NEIGHBOURING,
            guarantee=plan.guarantee,
        )
        if spend.epsilon_micro > budget.epsilon_micro:
            said = said_of(budget, spend)
            raise BudgetError(f"task {task}: with round {number} it would be {said}")
        releases.book_round(number, inputs, self._limit)
        return spend

    def terms(self, task: str, terms: Terms, join: Join) -> PrivacyTerms | None:
        """What the trainer needs; None for a task without privacy."""
        if join.privacy_budget.mode == "none":
            return None
        plan = self._releases(task, terms, join).plan
        return PrivacyTerms(
            plan=plan,
            secret=self._kept.path(task),
            noise=self.limits.noise,
            fallback=terms.privacy.fallback,
        )

    def _allow(self, terms: Terms) -> None:
        for ruling in limit_rulings(self.limits, terms.privacy):
            if not ruling.allowed:
                raise NotAllowedError(ruling.why)

    def _told(self, task: str, terms: Terms, data: str, samples: int) -> tuple[bytes, int]:
        """The secret to join with, and the number of samples that it makes of theirs.

        On the disk only once the task is joined: before, nobody was told anything.
        """
        kept = self._kept.get(task)
        if kept and kept.data == data:
            return kept.secret, kept.plan.samples
        secret = self._secrets.setdefault(task, drawn())
        return secret, noisy_samples(samples, terms.privacy, secret)

    def _require_room(self, releases: Releases) -> None:
        """Raise `NotAllowedError` unless all that the task may spend fits, with all the others."""
        coming = [*releases.outstanding(), *self._reserved(releases.task, releases.data)]
        if self._spends.would_exceed(releases.data, coming, self._limit):
            raise NotAllowedError(
                f"data set {releases.data} has not enough privacy left for all"
                f" {releases.plan.rounds} rounds (privacy.epsilon_per_data_set)"
            )

    def _reserved(self, task: str, data: str) -> list[Mechanism]:
        """What the other tasks that this node has joined may still spend of a data set."""
        return [
            one
            for name, kept in self._kept.beside(task).items()
            if kept.data == data
            for one in self._releases_of(name, kept).outstanding()
        ]

    def _releases(self, task: str, terms: Terms, join: Join) -> Releases:
        """By the plan that is kept since the node joined: another version might find another.

        Where none is kept it is found again, and so is a secret: as a new one.
        """
        joined = join.data_type, join.samples, epsilon_of(join.privacy_budget.epsilon_micro)
        kept = self._kept.get(task)
        if kept is None or (kept.data, kept.plan.samples, kept.plan.epsilon) != joined:
            kept = self._kept_for(task, terms, join)
            self._kept.put(task, kept)
        return self._releases_of(task, kept)

    def _releases_of(self, task: str, kept: Kept) -> Releases:
        return Releases(self._spends, task, kept.data, kept.plan, kept.secret)

    def _kept_for(self, task: str, terms: Terms, join: Join) -> Kept:
        """What is to be kept of a task that is joined so: another data set has another secret."""
        kept, plan = self._kept.get(task), self._granted(task, terms, join)
        if kept and kept.data == join.data_type:
            return kept.model_copy(update={"plan": plan})
        secret = self._secrets.get(task) or drawn()
        return Kept(secret=secret, data=join.data_type, plan=plan)

    def _granted(self, task: str, terms: Terms, join: Join) -> Plan:
        """The plan that follows from what the node joins with."""
        return self._plan(task, terms, join.samples, epsilon_of(join.privacy_budget.epsilon_micro))

    def _plan(self, task: str, terms: Terms, samples: int, epsilon: Decimal) -> Plan:
        key = (task, samples, epsilon)
        if key not in self._plans:
            labels = terms.training.composition.needs_labels
            self._plans[key] = Plan.of(
                terms.privacy, terms.training, samples, epsilon=epsilon, labels=labels
            )
        return self._plans[key]

    @property
    def _limit(self) -> Limit:
        return Limit(self.limits.epsilon_per_data_set, self.limits.delta)


def said_of(
    budget: PrivacyBudget, spend: PrivacySpend | None = None, *, samples: int | None = None
) -> str:
    """What a person is told of what was granted to so many samples, and of what is spent."""
    mode: Mode = TypeAdapter(Mode).validate_python(budget.mode)
    return statement(
        mode,
        epsilon=epsilon_of(budget.epsilon_micro),
        delta=Decimal(budget.delta),
        spent_micro=spend.epsilon_micro if spend else None,
        samples=samples,
    )
