"""Each rule from its specification, slowly: numbers one by one, and sums of whole padded blocks."""

from collections.abc import Callable, Sequence
from math import copysign, sqrt

import numpy as np
from numpy.typing import NDArray

from tests.unit.learning.aggregation.files import Tensors
from weftwork.learning.aggregation import Rule
from weftwork.learning.aggregation.rules import (
    ClippedMean,
    GeometricMedian,
    MultiKrum,
    TrimmedMean,
)

Vector = list[NDArray[np.float64]]  # by tensor, flat


def expected(rule: Rule, base: Tensors, updates: list[Tensors], counts: list[int]) -> Tensors:
    """The aggregate's tensors, by a server that keeps the uploads."""
    result = {"count": base["count"], "mask": base["mask"]}
    trained = _made(rule, ["b", "w"], base, updates, counts, fixed=True)
    statistics = _made(rule, ["buffer"], base, updates, counts)
    uploads = [f"client:s.up/{name}" for name in "bw"]
    kept = _made(rule, uploads, None, updates, counts)
    renamed = {name.replace("client", "server"): one for name, one in kept.items()}
    return result | trained | statistics | renamed


def _made(
    rule: Rule,
    names: list[str],
    base: Tensors | None,
    updates: list[Tensors],
    counts: list[int],
    *,
    fixed: bool = False,
) -> Tensors:
    vectors = [_vector(update, names) for update in updates]
    start = _vector(base, names) if base else [0 * one for one in vectors[0]]
    results = reduced(rule, start, vectors, counts, fixed=fixed)
    shapes = [updates[0][name].shape for name in names]
    return {
        name: one.astype(np.float32).reshape(shape)
        for name, one, shape in zip(names, results, shapes, strict=True)
    }


def _vector(tensors: Tensors, names: list[str]) -> Vector:
    return [tensors[name].astype(np.float64).reshape(-1) for name in names]


def reduced(
    rule: Rule, base: Vector, updates: list[Vector], counts: list[int], *, fixed: bool
) -> Vector:
    """What the rule makes of one part; `fixed`: a norm in its options is for this part."""
    weights = [float(count) for count in counts]
    if isinstance(rule, MultiKrum):
        return _krum(rule, updates)
    if isinstance(rule, GeometricMedian):
        return _geometric(rule, updates, weights)
    if isinstance(rule, ClippedMean):
        return _clipped(rule, base, updates, weights, fixed=fixed)
    if rule.name == "mean":
        return _mean(updates, weights)
    return _middle(updates, rule.trim if isinstance(rule, TrimmedMean) else (len(updates) - 1) // 2)


def total(numbers: Sequence[float]) -> float:
    """In order."""
    result = 0.0
    for number in numbers:
        result += number
    return result


def _each(updates: list[Vector], number: Callable[[list[float]], float]) -> Vector:
    columns = [np.stack([update[t] for update in updates], 1) for t in range(len(updates[0]))]
    return [np.array([number(row.tolist()) for row in column]) for column in columns]


def _mean(updates: list[Vector], weights: list[float]) -> Vector:
    whole = total(weights)

    def number(row: list[float]) -> float:
        return total([x * n for x, n in zip(row, weights, strict=True)]) / whole

    return _each(updates, number)


def _middle(updates: list[Vector], trim: int) -> Vector:
    def number(row: list[float]) -> float:
        left = sorted(row, key=lambda x: (x, copysign(1, x)))[trim : len(row) - trim]
        return total(left) / len(left)

    return _each(updates, number)


def squared(one: Vector, other: Vector) -> float:
    """The squared distance, by the order of sums that is specified."""
    result = 0.0
    for a, b in zip(one, other, strict=True):
        for begin in range(0, len(a), 2**17):
            block = np.zeros(2**17)
            part = a[begin : begin + 2**17] - b[begin : begin + 2**17]
            block[: len(part)] = part * part
            while len(block) > 1:
                block = block[: len(block) // 2] + block[len(block) // 2 :]
            result += float(block[0])
    return result


def _krum(rule: MultiKrum, updates: list[Vector]) -> Vector:
    count = len(updates)
    neighbours = count - rule.byzantine - 2
    scores = []
    for i in range(count):
        others = sorted(squared(updates[i], updates[j]) for j in range(count) if j != i)
        scores.append((total(others[:neighbours]), i))
    chosen = sorted(i for _, i in sorted(scores)[: rule.keep or neighbours])
    return _mean([updates[i] for i in chosen], [1.0] * len(chosen))


def _geometric(rule: GeometricMedian, updates: list[Vector], weights: list[float]) -> Vector:
    point = _middle(updates, (len(updates) - 1) // 2)
    for _ in range(rule.iterations):
        radii = [max(sqrt(squared(one, point)), float(rule.smoothing)) for one in updates]
        point = _mean(updates, [n / r for n, r in zip(weights, radii, strict=True)])
    return point


def _clipped(
    rule: ClippedMean, base: Vector, updates: list[Vector], weights: list[float], *, fixed: bool
) -> Vector:
    norms = [sqrt(squared(one, base)) for one in updates]
    most = sorted(norms)[(len(norms) + 1) // 2 - 1]
    if fixed and rule.norm != "median":
        most = float(rule.norm)
    scaled = [n if r <= most else n * (most / r) for n, r in zip(weights, norms, strict=True)]
    whole, results = total(weights), []
    for t, start in enumerate(base):
        sums = 0 * start
        for update, weight in zip(updates, scaled, strict=True):
            sums = sums + (update[t] - start) * weight
        results.append(start + sums / whole)
    return results
