"""How honest updates look to a committee's member, and which attackers it finds.

    python -m benchmarks.judging [--json FILE] [--seeds N] [--rounds N] [--splits NAME ...]

Ten providers share the digits; all updates are the product's own. Rows of each split and mode, over
all rounds and seeds:

    cosine_<split>_<mode>    the largest of two honest updates, beside the last change
    last_<split>_<mode>      the largest of an honest update to the last change
    norm_<split>_<mode>      the largest honest norm, as a multiple of the round's lower median
    refused_<split>_<mode>   share of honest updates that are rejected, judged on validation data
    refused_own_<split>_<mode>  the same, judged by three members on what they hold out

and of each attack, on each split without privacy, by three of the ten providers:

    found_<attack>_<split>   share that is rejected in rounds 1 and 2
    found_late_<attack>_<split>  in all later ones
    score_<attack>_<split>   mean score, as a multiple of the honest ones' in the same rounds
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.judging.attacks import ATTACKS, copied, label_flipped, moved
from benchmarks.judging.rounds import MODES, SPLITS, Played, digits, play
from benchmarks.report import Row
from weftwork.learning.data import Dataset
from weftwork.learning.judging.checks import moves_of
from weftwork.learning.judging.judge import judge
from weftwork.learning.judging.outliers import lower_median
from weftwork.learning.judging.round import Score, Submission
from weftwork.learning.judging.tensors import Tensors

JUDGE = "nobody among the providers"
ATTACKERS = ("p7", "p8", "p9")
COPIES = {"copy": 1.0, "copy_0.99": 0.99, "copy_0.9": 0.9}  # by cosine to the original
EARLY = 2  # rounds

Values = dict[str, list[float]]


def honest(played: Played, test: Dataset, name: str, found: Values) -> None:
    """Note what the checks see, and what they say."""
    files = {i: Tensors(one.path) for i, one in enumerate(played.submissions) if one.path}
    round = played.round(JUDGE, test)
    moves = moves_of(round, Tensors(played.base), files)
    upper = np.triu_indices(len(files), 1)
    found[f"cosine_{name}"].append(float(moves.to_each_other[upper].max()))
    found[f"last_{name}"].append(float(moves.to_last.max()))
    found[f"norm_{name}"].append(float(moves.norms.max()) / lower_median(moves.norms))
    found[f"refused_{name}"] += _refused(judge(round))
    for own in ("p0", "p1", "p2"):
        scores = judge(played.round(own, played.held_out[own]))
        found[f"refused_own_{name}"] += _refused(scores)


def _refused(scores: tuple[Score, ...]) -> list[float]:
    return [float(one.verdict == "rejected") for one in scores]


def attacked(played: Played, test: Dataset, split: str, found: Values) -> None:
    """Note of each attack whether it is found."""
    for attack, submissions in _attacks(played):
        scores = judge(played.round(JUDGE, test, submissions=submissions))
        when = "found" if played.number <= EARLY else "found_late"
        bad = [one for one in scores if one.participant in ATTACKERS]
        found[f"{when}_{attack}_{split}"] += _refused(tuple(bad))
        for side in (True, False):
            of = [one.score_micro for one in scores if (one in bad) == side]
            found[f"{'score' if side else 'honest'}_{attack}_{split}"] += of


def _attacks(played: Played) -> Iterator[tuple[str, tuple[Submission, ...]]]:
    """Each attack's submissions; those of the attackers are the last ones."""
    paths = {one.participant: one.path for one in played.submissions if one.path}

    def instead(make: Callable[[int, str, Path], Path]) -> tuple[Submission, ...]:
        made = {
            name: make(i, name, played.base.with_name(f"attack-{name}"))
            for i, name in enumerate(ATTACKERS)
        }
        return tuple(
            replace(one, path=(paths | made)[one.participant]) for one in played.submissions
        )

    base, changes = played.base, ATTACKS | {name: copied(cosine) for name, cosine in COPIES.items()}
    for attack, change in changes.items():

        def change_own(i: int, name: str, output: Path) -> Path:
            source = paths["p0" if attack in COPIES else name]  # noqa: B023 - called at once
            return moved(base, source, output, change, name, i)  # noqa: B023 - called at once

        yield attack, instead(change_own)
    yield (
        "label_flip",
        instead(
            lambda i, name, output: label_flipped(
                played.terms, base, played.data[name], name, i, output
            )
        ),
    )


def measure(seeds: int, rounds: int, splits: Sequence[str]) -> list[Row]:
    """The rows."""
    import torch

    torch.set_num_threads(1)
    test, found = digits("test"), defaultdict[str, list[float]](list)
    for split in splits:
        for mode in MODES:
            for seed in range(1, seeds + 1):
                with tempfile.TemporaryDirectory() as folder:
                    for played in play(split, mode, Path(folder), rounds=rounds, seed=seed):
                        honest(played, test, f"{split}_{mode}", found)
                        if mode == "plain":
                            attacked(played, test, split, found)
    return list(_rows(found))


def _rows(found: Values) -> Iterator[Row]:
    for name, values in found.items():
        kind, _, rest = name.partition("_")
        if kind in ("cosine", "last", "norm"):
            yield Row(name, max(values), "")
        elif kind in ("refused", "found"):
            yield Row(name, float(np.mean(values)), "")
        elif kind == "score":
            yield Row(name, float(np.mean(values) / np.mean(found[f"honest_{rest}"])), "")


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Honest updates and attackers, judged.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--seeds", type=int, default=3, help="divisions of the data")
    parser.add_argument("--rounds", type=int, default=6, help="of each task")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=[*SPLITS], help="only these")
    options = parser.parse_args()
    machine = report.machine()
    rows = measure(options.seeds, options.rounds, options.splits)
    report.show(rows)
    if options.json:
        report.write(options.json, rows, machine)


if __name__ == "__main__":
    main()
