"""The picture: reputation by round, of the honest and of the attackers, one field a scenario."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.reputation.simulating import Outcome
from network.steps.cache import cache_folder
from weftwork.units import MILLION

__all__ = ["plot"]

COLOURS = {"honest": "#1f6f8b", "rare": "#5b8c3a", "attacker": "#c2571a"}
COLUMNS = 4


def plot(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write a PNG or SVG, by the path's end: a line for each organisation and seed."""
    # Where it keeps its list of fonts; it makes a folder of its own in ~/.config otherwise.
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder() / "matplotlib"))
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.lines import Line2D

    kinds = list(dict.fromkeys(one.kind for one in outcomes))
    lines = -(-len(kinds) // COLUMNS)
    figure, grid = plt.subplots(
        lines,
        COLUMNS,
        figsize=(11, 2.3 * lines),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes in grid.flat[len(kinds) :]:
        axes.set_visible(False)
    for axes, kind in zip(grid.flat, kinds, strict=False):
        axes.set_title(kind, fontsize=9)
        axes.grid(alpha=0.25)
        _draw(axes, [one for one in outcomes if one.kind == kind])
    grid[0, 0].set_ylim(0, 1)
    figure.supxlabel("round", fontsize=9)
    figure.supylabel("reputation", fontsize=9)
    handles = [Line2D([], [], color=colour, label=role) for role, colour in COLOURS.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _draw(axes: Any, outcomes: Sequence[Outcome]) -> None:
    for role, values in _lines(outcomes):
        axes.plot(range(1, len(values) + 1), values, color=COLOURS[role], linewidth=0.8, alpha=0.6)


def _lines(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[float]]]:
    for one in outcomes:
        for name, values in one.reputations.items():
            yield one.roles[name], [value / MILLION for value in values]
