"""Who has which data: ten organisations share the digits."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.data import Builtin, Dataset, Features, Labels, Schema, load
from weftwork.learning.data.partitions import dirichlet, iid
from weftwork.learning.data.splits import shuffled

__all__ = ["CLASSES", "ORGANISATIONS", "RARE", "SCHEMA", "SPLITS", "Site", "World"]

ORGANISATIONS = tuple(f"factory{number:02}" for number in range(1, 11))
CLASSES = 10
RARE = {"factory01": 8, "factory02": 9}  # each alone has that class in the split `rare`
SCHEMA = Schema(features=Features(shape=(64,)), labels=Labels(classes=CLASSES))
VALIDATION = 150  # samples that the requester shows to all
HELD_OUT = 5  # every fifth sample of a provider

Rows = NDArray[np.int64]
Split = Callable[[np.ndarray, int], list[Rows]]


def _rare(y: np.ndarray, seed: int) -> list[Rows]:
    common = np.flatnonzero(~np.isin(y, list(RARE.values())))
    parts = [common[rows] for rows in iid(y[common], len(ORGANISATIONS), seed)]
    for name, alone in RARE.items():
        place = ORGANISATIONS.index(name)
        parts[place] = np.sort(np.concatenate([parts[place], np.flatnonzero(y == alone)]))
    return parts


SPLITS: dict[str, Split] = {
    "iid": lambda y, seed: iid(y, len(ORGANISATIONS), seed),
    "dirichlet": lambda y, seed: dirichlet(y, len(ORGANISATIONS), seed, alpha=0.3),
    "rare": _rare,
}


@dataclass(frozen=True)
class Site:
    """What an organisation trains on, and what it holds out."""

    data: Dataset
    held_out: Dataset


@dataclass(frozen=True)
class World:
    """Everybody's data. `validation` is the task's artifact; nobody but us sees `test`."""

    sites: dict[str, Site]
    validation: Dataset
    test: Dataset

    @classmethod
    def of(cls, split: str, seed: int) -> "World":
        """The digits, divided by the seed."""
        whole = _digits("train")
        order = shuffled(len(whole), seed)
        shown, kept = _rows(whole, order[:VALIDATION]), _rows(whole, order[VALIDATION:])
        sites = {}
        for name, rows in zip(ORGANISATIONS, SPLITS[split](kept.y, seed), strict=True):
            mixed = rows[shuffled(len(rows), seed)]
            out = np.arange(len(rows)) % HELD_OUT == HELD_OUT - 1
            sites[name] = Site(_rows(kept, mixed[~out]), _rows(kept, mixed[out]))
        return cls(sites, shown, _digits("test"))


def _rows(data: Dataset, rows: Rows) -> Dataset:
    return Dataset(data.x[rows], data.y[rows])


def _digits(part: str) -> Dataset:
    source = Builtin.model_validate({"kind": "builtin", "name": "digits", "part": part})
    return load(source, SCHEMA)
