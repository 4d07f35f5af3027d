"""Rounds in files, of which every kind of tensor and every rule is a part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.unit.learning.aggregation.files import Tensors, write
from weftwork.learning.aggregation import Layout, Rule, Update, aggregate, examine
from weftwork.learning.aggregation.aggregate import opened
from weftwork.learning.aggregation.rules import (
    ClippedMean,
    GeometricMedian,
    Median,
    MultiKrum,
    TrimmedMean,
    WeightedMean,
)
from weftwork.learning.aggregation.rules.multi_krum import squared_distances
from weftwork.learning.aggregation.vectors import Vectors, parts
from weftwork.learning.options import Decimal
from weftwork.learning.strategies.strategy import Block, Floats, Server

# For seven updates.
RULES: tuple[Rule, ...] = (
    WeightedMean(),
    Median(),
    TrimmedMean(trim=1),
    TrimmedMean(trim=3),
    MultiKrum(byzantine=1),
    MultiKrum(byzantine=2, keep=2),
    GeometricMedian(),
    GeometricMedian(iterations=1, smoothing=Decimal("0.5")),
    ClippedMean(),
    ClippedMean(norm=Decimal("2.5")),
)
ROBUST = [rule for rule in RULES if rule.name != "mean"]

LAYOUT = Layout(frozenset({"b", "w"}), uploads=("s.up",), state=("s.up",))
SHAPES = {"w": (5, 9), "b": (3,), "buffer": (4,)}


def label(rule: Rule) -> str:
    """For a test's name."""
    options = rule.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
    return "-".join([rule.name, *(f"{key}-{value}" for key, value in options.items())])


class Keeping(Server):
    """Keeps what the rule made of the uploads."""

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        """The rule's own results."""
        return block.mean, {"s.up": block.uploads["s.up"]}


@dataclass(frozen=True)
class Round:
    """Tensors, and the files that hold them."""

    folder: Path
    base: Tensors
    updates: list[Tensors]
    counts: list[int]

    def aggregate(self, rule: Rule, *, threads: int = 2, stateless: bool = False) -> Path:
        """The aggregate's file, with what the rule made of the uploads unless it is `stateless`."""
        base, given = self.written()
        layout = replace(LAYOUT, state=()) if stateless else LAYOUT
        assert [examine(base, one, layout) for one in given] == [None] * len(given)
        output = self.folder / "output"
        server = Server() if stateless else Keeping()
        aggregate(base, given, output, layout=layout, server=server, rule=rule, threads=threads)
        return output

    def written(self) -> tuple[Path, list[Update]]:
        """The base's file, and the updates."""
        given = [
            Update(f"p{i}", write(self.folder / f"p{i}", tensors), count)
            for i, (tensors, count) in enumerate(zip(self.updates, self.counts, strict=True))
        ]
        return write(self.folder / "base", self.base), given

    def vectors(self, threads: int = 2) -> Vectors:
        """Of the trained weights."""
        files = opened(*self.written(), LAYOUT, threads)
        return Vectors(files, parts(files.base, LAYOUT)[0])

    def distances(self, threads: int = 2) -> list[str]:
        """The squared distances of all pairs, every bit of them."""
        return [one.hex() for one in squared_distances(self.vectors(threads)).values()]


def a_round(
    folder: Path,
    seed: int = 1,
    updates: int = 7,
    w: tuple[int, ...] = SHAPES["w"],
    scales: Sequence[float] = (),
) -> Round:
    """Random tensors about the base's; `scales`: how far the first updates are from it."""
    random = np.random.default_rng(seed)
    shapes = SHAPES | {"w": w}

    def near(start: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        moved: NDArray[np.float32] = (start + scale * random.normal(size=start.shape)).astype("<f4")
        return moved

    base = {name: near(np.zeros(shape, np.float32), 1) for name, shape in shapes.items()}
    made: list[Tensors] = []
    for scale in [*scales, *[0.1] * (updates - len(scales))]:
        own: Tensors = {name: near(start, scale) for name, start in base.items()}
        up = {f"client:s.up/{n}": near(np.zeros(shapes[n], np.float32), scale) for n in "bw"}
        made.append(own | up | {"count": np.array(7), "mask": np.array([True, False, False])})
    counts = [int(one) for one in random.integers(1, 5000, updates)]
    kept: Tensors = {"count": np.array(3), "mask": np.array([False, True, True])}
    return Round(folder, {**base, **kept}, made, counts)
