"""One data set as several providers might have it: `--providers 3 --divide dirichlet:0.3`."""

from collections.abc import Callable, Mapping

import numpy as np

from weftwork.errors import DataError, UsageError
from weftwork.learning.data import Dataset, Objective, Schema, partitions
from weftwork.learning.data.partitions import Rows

__all__ = ["KINDS", "divided"]

Divide = Callable[[np.ndarray, int, int, float], list[Rows]]

# name -> whether it needs classes, its number if it is not given, and what divides.
DIVISIONS: Mapping[str, tuple[bool, float, Divide]] = {
    "equal": (False, 0, lambda y, n, seed, _: partitions.iid(y, n, seed)),
    "sizes": (False, 0.5, lambda y, n, seed, a: partitions.quantity_skew(y, n, seed, alpha=a)),
    "dirichlet": (True, 0.5, lambda y, n, seed, a: partitions.dirichlet(y, n, seed, alpha=a)),
    "classes": (True, 2, lambda y, n, seed, c: partitions.by_class(y, n, seed, classes=int(c))),
    "shards": (True, 2, lambda y, n, seed, s: partitions.by_shard(y, n, seed, shards=int(s))),
}
KINDS = ", ".join(DIVISIONS)


def divided(whole: Dataset, schema: Schema, how: str, count: int, seed: int) -> dict[str, Dataset]:
    """`whole` as `count` providers have it, from `provider1` on; `how` is `name` or `name:number`.

    Raises `UsageError` for what `how` is not, `DataError` where the samples do not allow it.
    """
    name, _, given = how.partition(":")
    if name not in DIVISIONS:
        raise UsageError(f"--divide: {how!r} is none of {KINDS} (as in dirichlet:0.3)")
    needs_classes, usual, divide = DIVISIONS[name]
    if needs_classes and schema.objective is not Objective.CLASSIFICATION:
        raise UsageError(f"--divide: {name} divides by class, and the task has none; use equal")
    labels = whole.y if schema.objective is Objective.CLASSIFICATION else np.zeros(len(whole), int)
    if count > len(whole):
        raise DataError(f"{len(whole)} samples cannot be divided among {count} providers")
    parts = divide(labels, count, seed, _number(given) if given else usual)
    return {
        f"provider{place}": Dataset(whole.x[rows], whole.y[rows])
        for place, rows in enumerate(parts, 1)
    }


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise UsageError(f"--divide: {text!r} must be a number above 0")
    return number
