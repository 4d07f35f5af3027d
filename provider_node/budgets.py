"""What this node lets tasks learn of its data sets: its owner's limits, and what is spent.

What a round spends is booked before its training begins. A round that is trained again after a
crash draws the same noise from the task's secret, and spends nothing anew.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from provider_node.config import PrivacyLimits
from provider_node.terms import Terms
from provider_node.trainer import PrivacyTerms
from weftwork.errors import RefusedError
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import NEIGHBOURING
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.record import epsilon_of
from weftwork.learning.privacy.release import noisy_samples
from weftwork.learning.privacy.secret import identity, kept_secret
from weftwork.learning.privacy.spends import Entry, Limit, Spends
from weftwork.learning.privacy.statement import micro, statement
from weftwork.ledger.records import Join, PrivacyBudget, PrivacySpend
from weftwork.names import is_name

__all__ = ["Admission", "Budgets", "NotAllowedError", "said_of"]


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

    def __post_init__(self) -> None:
        self._spends = Spends(self.folder)

    def admit(self, task: str, terms: Terms, data: str, samples: int) -> Admission:
        """What to join `task` with, having so many samples of the data set `data`.

        Raises `RefusedError` where a limit forbids it, or the data set has not enough left for all
        rounds; the message says which key of node.yaml decides.
        """
        self._allow(terms)
        if terms.privacy.mode == "none":
            return Admission(data, samples, PrivacyBudget())
        told = noisy_samples(samples, terms.privacy, self._secret(task))
        plan = self._plan(task, terms, told, self.limits.epsilon_per_task)
        if self._spends.would_exceed(data, plan.spends(plan.rounds), self._limit):
            raise NotAllowedError(
                f"data set {data} has not enough privacy left for all {plan.rounds} rounds:"
                f" privacy.epsilon_per_data_set is {self.limits.epsilon_per_data_set}"
            )
        granted = micro(float(plan.epsilon))
        budget = PrivacyBudget(mode=plan.mode, epsilon_micro=granted, delta=str(plan.delta))
        return Admission(data, plan.weight, budget)

    def joining(self, task: str, terms: Terms, join: Join) -> None:
        """Book what joining releases, before it does."""
        plan = self._joined(task, terms, join)
        if plan and plan.joining:
            cost = Entry(self._key(f"{task}/joining", task), plan.joining, plan.guarantee)
            self._spends.record(join.data_type, cost, self._limit)

    def forget(self, task: str) -> None:
        """The task is over: nobody may ever draw its noise again, to subtract it."""
        self._secret_path(task).unlink(missing_ok=True)

    def spend(self, task: str, terms: Terms, join: Join, number: int, inputs: str) -> PrivacySpend:
        """Book what a round of training releases; all that the task has spent then.

        `inputs` is a digest of what the training starts from: the same round from other inputs
        draws other noise, and is another release. Raises `BudgetError`, and books nothing, where
        the data set or the task has not enough left.
        """
        plan = self._joined(task, terms, join)
        if plan is None:
            return PrivacySpend()
        key = self._key(f"{task}/round/{number}/{inputs}", task)
        spent = plan.epsilon_after(self._rounds(join.data_type, task, key))
        if micro(spent) > join.privacy_budget.epsilon_micro:
            raise BudgetError(f"task {task}: round {number} would bring epsilon to {spent:.4g}")
        cost = Entry(key, (plan.round_spend(),), plan.guarantee)
        self._spends.record(join.data_type, cost, self._limit)
        return PrivacySpend(
            mode=plan.mode,
            epsilon_micro=micro(spent),
            delta=str(plan.delta),
            neighbouring=NEIGHBOURING,
            guarantee=plan.guarantee,
        )

    def terms(self, task: str, terms: Terms, join: Join) -> PrivacyTerms | None:
        """What the trainer needs; None for a task without privacy."""
        plan = self._joined(task, terms, join)
        if plan is None:
            return None
        self._secret(task)
        return PrivacyTerms(plan=plan, secret=self._secret_path(task), noise=self.limits.noise)

    def _allow(self, terms: Terms) -> None:
        limits, asked = self.limits, terms.privacy
        if asked.mode not in limits.modes:
            raise NotAllowedError(
                f"the task's privacy.mode is {asked.mode}; privacy.modes allows"
                f" {', '.join(limits.modes)}"
            )
        if asked.delta is not None and asked.delta > limits.delta:
            raise NotAllowedError(
                f"the task's privacy.delta is {asked.delta}; privacy.delta is {limits.delta}"
            )
        if asked.mode != "none" and asked.samples == "exact" and "samples" not in limits.exact:
            raise NotAllowedError(
                "the task wants the exact number of samples, which privacy.exact does not list"
            )

    def _joined(self, task: str, terms: Terms, join: Join) -> Plan | None:
        """The plan that follows from what the node joined with."""
        if join.privacy_budget.mode == "none":
            return None
        epsilon = epsilon_of(join.privacy_budget.epsilon_micro)
        return self._plan(task, terms, join.samples, epsilon)

    def _plan(self, task: str, terms: Terms, samples: int, epsilon: Decimal) -> Plan:
        key = (task, samples, epsilon)
        if key not in self._plans:
            labels = terms.training.composition.needs_labels
            self._plans[key] = Plan.of(
                terms.privacy, terms.training, samples, epsilon=epsilon, labels=labels
            )
        return self._plans[key]

    def _rounds(self, data: str, task: str, key: str) -> int:
        """How many rounds of the task are booked, that of `key` included."""
        booked = {one.key for one in self._spends.entries(data)}
        return len({key, *(one for one in booked if one.startswith(f"{task}/round/"))})

    def _key(self, what: str, task: str) -> str:
        """Of another secret the same round is another release."""
        return f"{what}/{identity(self._secret(task))}"

    @property
    def _limit(self) -> Limit:
        return Limit(self.limits.epsilon_per_data_set, self.limits.delta)

    def _secret(self, task: str) -> bytes:
        return kept_secret(self._secret_path(task))

    def _secret_path(self, task: str) -> Path:
        if not is_name(task):
            raise ValueError(f"{task!r} is no name of a task")
        return self.folder / f"{task}.secret"


def said_of(budget: PrivacyBudget, spend: PrivacySpend | None = None) -> str:
    """What a person is told of what was granted, and of what is spent."""
    mode: Mode = TypeAdapter(Mode).validate_python(budget.mode)
    return statement(
        mode,
        epsilon=epsilon_of(budget.epsilon_micro),
        delta=Decimal(budget.delta),
        spent_micro=spend.epsilon_micro if spend else None,
    )
