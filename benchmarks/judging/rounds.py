"""Rounds of honest providers on the digits, divided among them in several ways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.data import Builtin, Dataset, Features, Labels, Schema, load
from weftwork.learning.data.partitions import by_class, dirichlet, iid, quantity_skew
from weftwork.learning.judging.round import Round, Submission
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.simulation import MODEL, simulate
from weftwork.learning.terms import Terms
from weftwork.learning.updates import layout_of
from weftwork.learning.weights import initialise

__all__ = ["MODES", "SPLITS", "Played", "digits", "play", "terms"]

SCHEMA = Schema(features=Features(shape=(64,)), labels=Labels(classes=10))
MLP = ModelSpec(name="mlp", version=1, parameters={"inputs": 64, "hidden": [64], "classes": 10})
HELD_OUT = 5  # every fifth sample of a provider

Rows = NDArray[np.int64]


def _rare(y: np.ndarray, providers: int, seed: int) -> list[Rows]:
    """The first alone has the class 9, beside its share of the others."""
    others = np.flatnonzero(y != 9)
    parts = [others[rows] for rows in iid(y[others], providers, seed)]
    return [np.concatenate([parts[0], np.flatnonzero(y == 9)]), *parts[1:]]


SPLITS: dict[str, Callable[[np.ndarray, int, int], list[Rows]]] = {
    "iid": iid,
    "dirichlet_0.3": lambda y, k, seed: dirichlet(y, k, seed, alpha=0.3),
    "dirichlet_0.1": lambda y, k, seed: dirichlet(y, k, seed, alpha=0.1),
    "class_2": lambda y, k, seed: by_class(y, k, seed, classes=2),
    "rare_class": _rare,
    "quantity_0.5": lambda y, k, seed: quantity_skew(y, k, seed, alpha=0.5),
}
PRIVATE = {"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-5", "accountant": "rdp"}
# What differs from two local epochs of FedAvg in batches of five.
MODES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "dlmu": ({"strategy": {"name": "dlmu", "tau": "0.2"}}, {}),
    "long": ({"local_epochs": 10, "batch_size": 10}, {}),
    "private": ({"batch_size": 20, "momentum": "0"}, PRIVATE),
}


@dataclass(frozen=True)
class Played:
    """One round: what each provider submitted, and the models before it and before that.

    `data` is what the providers train on, `held_out` what each does not.
    """

    number: int
    terms: Terms
    base: Path
    before: Path | None
    submissions: tuple[Submission, ...]
    data: dict[str, Dataset]
    held_out: dict[str, Dataset]

    def round(self, judge: str, scored_on: Dataset | None, **changes: Any) -> Round:
        """As the member `judge` is given it, with some of it changed."""
        given: dict[str, Any] = {
            "base": self.base,
            "submissions": self.submissions,
            "judge": judge,
            "spec": self.terms.model,
            "layout": layout_of(self.terms.model, self.terms.training.composition),
            "before": self.before,
            "data": scored_on,
        }
        return Round(**(given | changes))


def terms(mode: str, rounds: int, seed: int) -> Terms:
    """The task of this mode."""
    training, privacy = MODES[mode]
    usual = {"local_epochs": 2, "batch_size": 5, "learning_rate": "0.1", "momentum": "0.8"}
    asked = usual | {"rounds": rounds, "seed": seed} | training
    private = PrivacyParameters.model_validate(privacy)
    return Terms(MLP, TrainingParameters.model_validate(asked), private, SCHEMA)


def digits(part: str) -> Dataset:
    """The digits' train or test part."""
    source = Builtin.model_validate({"kind": "builtin", "name": "digits", "part": part})
    return load(source, SCHEMA)


def play(
    split: str, mode: str, folder: Path, *, rounds: int, seed: int, providers: int = 10
) -> Iterator[Played]:
    """One round after another; its files stay until the next is asked for."""
    task, whole = terms(mode, rounds, seed), digits("train")
    data, held_out = {}, {}
    for i, rows in enumerate(SPLITS[split](whole.y, providers, seed)):
        out = np.arange(len(rows)) % HELD_OUT == HELD_OUT - 1
        data[f"p{i}"] = Dataset(whole.x[rows[~out]], whole.y[rows[~out]])
        held_out[f"p{i}"] = Dataset(whole.x[rows[out]], whole.y[rows[out]])
    base, before = folder / "base", folder / "before"
    base.write_bytes(initialise(MLP, seed))
    for one in simulate(task, data, folder, secret=str(seed).encode().ljust(32)):
        submissions = tuple(
            Submission(name, folder / f"update-{i}", plan.samples if plan else len(own))
            for i, (name, own) in enumerate(data.items())
            for plan in [one.plans.get(name)]
        )
        earlier = before if one.number > 1 else None
        yield Played(one.number, task, base, earlier, submissions, data, held_out)
        base.replace(before)
        base.write_bytes((folder / MODEL).read_bytes())
