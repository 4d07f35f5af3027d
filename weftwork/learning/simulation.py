"""A task without its network: its providers train in turn here, and their updates are averaged.

What trains and what averages is the product's own. Nothing leaves the process, so that nothing is
booked: what would be spent is told.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from torch import nn

from weftwork.errors import DataError
from weftwork.learning.aggregation import Update, aggregate, capped
from weftwork.learning.data import Dataset
from weftwork.learning.parameters import training_seed
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.release import noisy_samples
from weftwork.learning.privacy.secret import derived
from weftwork.learning.terms import Terms
from weftwork.learning.training import Evaluation, Participation, Trained, evaluate, train
from weftwork.learning.training.inspection import require_trainable
from weftwork.learning.training.privacy import Privacy
from weftwork.learning.updates import layout_of, server_state, update_to_bytes
from weftwork.learning.weights import initialise, load_model

__all__ = ["MODEL", "SimulatedRound", "simulate"]

MODEL = "model.safetensors"

SeeTrained = Callable[[str, nn.Module], None]


@dataclass(frozen=True)
class SimulatedRound:
    """One round: what its aggregate is worth, and what each provider's update says of itself.

    `reports`: each provider's figures, integers, as the ledger would have them. `plans`: its
    privacy, of which `epsilon_after(number)` is spent; empty without privacy.
    """

    number: int
    evaluation: Evaluation | None
    reports: Mapping[str, Mapping[str, int]]
    plans: Mapping[str, Plan]
    warnings: tuple[str, ...]


@dataclass
class _Provider:
    """One provider; `base` of a round in, its update out."""

    name: str
    data: Dataset
    privacy: Privacy | None
    participation: Participation = field(default_factory=Participation)

    @classmethod
    def of(cls, terms: Terms, name: str, data: Dataset, secret: bytes) -> Self:
        if not len(data):
            raise DataError(f"{name}: has no samples")
        if terms.privacy.mode == "none":
            return cls(name, data, None)
        own = derived(secret, "simulation", name)
        told = noisy_samples(len(data), terms.privacy, own)
        labels = terms.training.composition.needs_labels
        plan = Plan.of(terms.privacy, terms.training, told, labels=labels)
        return cls(name, data, Privacy(plan, own, fallback=terms.privacy.fallback))

    def train(
        self, terms: Terms, base: Path, number: int, output: Path
    ) -> tuple[Trained, nn.Module]:
        """Train from `base`, and write the update to `output`."""
        model = load_model(terms.model, base)
        server = server_state(base, model, terms.training.composition.state)
        trained = train(
            model,
            terms.training,
            self.data,
            seed=training_seed(terms.training.seed, number, self.name),
            schema=terms.schema,
            participation=replace(self.participation, round=number, server=server),
            privacy=self.privacy,
        )
        self.participation = Participation(memory=trained.memory)
        output.write_bytes(update_to_bytes(model, trained.uploads, trained.arena, self.name))
        return trained, model

    def update(self, path: Path) -> Update:
        """The file that it trained, with its weight in the mean: what it tells of its samples."""
        weight = self.privacy.plan.samples if self.privacy else len(self.data)
        return Update(self.name, path, weight)


def simulate(
    terms: Terms,
    providers: Mapping[str, Dataset],
    folder: Path,
    *,
    test: Dataset | None = None,
    secret: bytes = bytes(32),
    see: SeeTrained = lambda name, model: None,
) -> Iterator[SimulatedRound]:
    """Yield each of the task's rounds as soon as it is there; `folder` holds the newest model.

    All noise follows from `secret`: the same secret, the same bits (on one machine, with as many
    threads). `see` is shown what each provider has trained. Raises what a training, an aggregation
    or a plan raises: `DataError`, `DivergedError`, `ModelError`, `BudgetError`.
    """
    smallest = min(terms.training.smallest_batch(len(data)) for data in providers.values())
    mode, fallback = terms.privacy.mode, terms.privacy.fallback
    require_trainable(terms.model, terms.schema, mode, fallback=fallback, single=smallest == 1)
    members = [_Provider.of(terms, name, data, secret) for name, data in providers.items()]
    plans = {one.name: one.privacy.plan for one in members if one.privacy}
    base = folder / MODEL
    base.write_bytes(initialise(terms.model, terms.training.seed))
    for number in range(1, terms.training.rounds + 1):
        reports, warnings, updates = {}, list[str](), list[Update]()
        for member in members:
            file = folder / f"update-{len(updates)}"
            trained, model = member.train(terms, base, number, file)
            see(member.name, model)
            updates.append(member.update(file))
            reports[member.name] = trained.report
            warnings += [f"{member.name}: {one}" for one in trained.warnings]
        _average(terms, base, updates)
        yield SimulatedRound(
            number, _evaluation(terms, base, test), reports, plans, tuple(warnings)
        )


def _average(terms: Terms, base: Path, updates: list[Update]) -> None:
    """The aggregate takes the place of `base`."""
    composition = terms.training.composition
    output = base.with_suffix(".next")
    layout = layout_of(terms.model, composition)
    server = composition.server()
    weights = capped([one.samples for one in updates], terms.cap_ratio)
    parts = [replace(one, samples=weight) for one, weight in zip(updates, weights, strict=True)]
    aggregate(
        base,
        parts,
        output,
        layout=layout,
        server=server,
        participants=len(updates),
        rule=terms.rule,
    )
    output.replace(base)


def _evaluation(terms: Terms, base: Path, test: Dataset | None) -> Evaluation | None:
    if test is None:
        return None
    return evaluate(load_model(terms.model, base), test, terms.schema.objective)
