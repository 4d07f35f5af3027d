"""The demo's picture: accuracy on the requester's test part, by round."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from network.steps.cache import cache_folder

COLOURS = ("#1f6f8b", "#c2571a")


def plot_accuracy(
    path: Path, together: Mapping[str, Sequence[float]], alone: Mapping[str, float]
) -> None:
    """Write a PNG of each task (accuracy per round, 0 to 1) and of each factory's own best."""
    # Where it keeps its list of fonts; it makes a folder of its own in ~/.config otherwise.
    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder() / "matplotlib"))
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    most = max(map(len, together.values()))
    for colour, (name, accuracies) in zip(COLOURS, together.items(), strict=True):
        rounds = range(1, len(accuracies) + 1)
        axes.plot(rounds, accuracies, marker="o", markersize=4, color=colour, label=name)
    for number, (name, accuracy) in enumerate(alone.items()):
        axes.axhline(accuracy, linestyle="--", linewidth=1, color="#8a8a8a")
        axes.annotate(
            f"{name} alone {accuracy:.0%}",
            (
                1 + number * most / len(alone),
                accuracy,
            ),  # side by side: values may be close
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=8,
        )
    axes.set(xlabel="round", ylabel="accuracy on the requester's test part", ylim=(0, 1))
    axes.set_title("Three factories, one model: handwritten digits")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=150)
    plt.close(figure)
