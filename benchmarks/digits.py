"""How many rounds the demo's task needs, by strategy and threshold, with its privacy and without.

    python -m benchmarks.digits [--json FILE] [--seeds N] [--rounds N]

The demo's three factories, model, data and settings, with the product's own training and exact
aggregation, but no network. Rows, each the median over the seeds:

    rounds_to_90_<setting>    rounds until 90 % on the test part (the most, + 1, where it never is)
    best_<setting>            best accuracy of a round
    fall_<setting>            the most that a round lies below an earlier one
    personal_<setting>        accuracy of a factory's trained model on its own classes, last round

`personal` is told apart since a strategy may serve each factory's own distribution, and not the
whole: DLMU's paper may mean that. Compared with FedAvg at the same privacy.
"""

import argparse
import itertools
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from benchmarks import report
from benchmarks.report import Row
from network import topology
from requester_cli import taskfile
from weftwork.learning.data import Builtin, Source, load
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.simulation import simulate
from weftwork.learning.terms import Terms
from weftwork.learning.training import evaluate
from weftwork.units import MILLION

TASK = Path(__file__).parents[1] / "demo" / "private-task.yaml"
TARGET = 0.9
# Without noise smaller batches learn faster: what the demo had before it was private.
PLAIN = {"local_epochs": 2, "batch_size": 5, "learning_rate": "0.1", "momentum": "0.8"}
STRATEGIES: dict[str, Any] = {
    "fedavg": "fedavg",
    "dlmu_tau_0.05": {"name": "dlmu", "tau": "0.05"},
    "dlmu_tau_0.2": {"name": "dlmu", "tau": "0.2"},
    "dlmu_tau_0.8": {"name": "dlmu", "tau": "0.8"},
    "dlmu_own_drift": {"name": "dlmu", "tau": "0.8", "divergence": "own_drift"},
    "calibrated": {"name": "logit-calibration", "strength": "0.3"},
}
# With the demo's own strategy, in the place of its own threshold.
THRESHOLDS: dict[str, Any] = {
    "eq2": {"rule": "eq2"},
    "median": {"rule": "quantile", "quantile": "0.5"},
    "fixed_1": {"rule": "fixed", "initial": "1"},
}


@dataclass(frozen=True)
class Run:
    """One task: its accuracies by round, and that of the factories' own models at the end."""

    accuracies: list[float]
    personal: float

    @property
    def rounds(self) -> int:
        """Until the target; one more than there were where it was not reached."""
        reached = (i for i, one in enumerate(self.accuracies, 1) if one >= TARGET)
        return next(reached, len(self.accuracies) + 1)

    @property
    def fall(self) -> float:
        """The most that a round's accuracy lies below an earlier one's."""
        best = itertools.accumulate(self.accuracies, max)
        return max(high - now for high, now in zip(best, self.accuracies, strict=True))


def run(file: taskfile.TaskFile, training: TrainingParameters, asked: PrivacyParameters) -> Run:
    """Train the task, with these terms in the place of its own."""
    schema = file.data.schema_
    test = load(Builtin(kind="builtin", name="digits", part="test"), schema)
    sources = _sources()
    data = {name: load(source, schema) for name, source in sources.items()}
    own = {
        name: load(source.model_copy(update={"part": "test"}), schema)
        for name, source in sources.items()
    }
    personal: dict[str, float] = {}

    def see(name: str, model: nn.Module) -> None:
        personal[name] = evaluate(model, own[name]).accuracy_ppm / MILLION

    terms = Terms(file.model, training, asked, schema)
    secret = str(training.seed).encode().ljust(32)
    with tempfile.TemporaryDirectory() as folder:
        rounds = simulate(terms, data, Path(folder), test=test, secret=secret, see=see)
        evaluations = [one.evaluation for one in rounds]
    accuracies = [one.accuracy_ppm / MILLION for one in evaluations if one]
    return Run(accuracies, statistics.mean(personal.values()))


def _sources() -> dict[str, Source]:
    """What each of the demo's providers has."""
    organisations = topology.load().organisations
    providers = [one for one in organisations if one.node.role == "provider"]
    return {one.name: one.node.data[0].source for one in providers}


def measure(seeds: int, rounds: int | None) -> list[Row]:
    """The rows."""
    import torch

    torch.set_num_threads(1)
    file, _ = taskfile.read(TASK)
    asked = {"rounds": rounds} if rounds else {}
    rows: list[Row] = []
    peers: dict[bool, list[Run]] = {}
    for name, private, changes, threshold in _settings():
        privacy = PrivacyParameters()
        if private:
            terms = file.privacy.model_dump(mode="json") | threshold
            privacy = PrivacyParameters.model_validate(terms)
        runs = []
        for seed in range(1, seeds + 1):
            terms = file.training.model_dump(mode="json") | changes | asked | {"seed": seed}
            runs.append(run(file, TrainingParameters.model_validate(terms), privacy))
        peer = peers.setdefault(private, runs)  # the first is FedAvg
        rows += _rows(f"{name}_{'private' if private else 'plain'}", runs, peer)
    return rows


def _settings() -> Iterator[tuple[str, bool, dict[str, Any], dict[str, Any]]]:
    """(name, private, changes of `training`, changes of `privacy`)."""
    for name, strategy in STRATEGIES.items():
        yield name, True, {"strategy": strategy}, {}
    for name, threshold in THRESHOLDS.items():
        yield f"threshold_{name}", True, {}, {"threshold": threshold}
    for name, strategy in STRATEGIES.items():
        yield name, False, {"strategy": strategy} | PLAIN, {}


def _rows(setting: str, runs: list[Run], peer: list[Run]) -> Iterator[Row]:
    for name, unit, value in (
        ("rounds_to_90", "rounds", lambda one: one.rounds),
        ("best", "", lambda one: max(one.accuracies)),
        ("fall", "", lambda one: one.fall),
        ("personal", "", lambda one: one.personal),
    ):
        own, other = (statistics.median(map(value, side)) for side in (runs, peer))
        yield Row(f"{name}_{setting}", own, unit, "fedavg", other)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="The demo's task by strategy, private and not.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--seeds", type=int, default=5, help="tasks a setting")
    parser.add_argument("--rounds", type=int, help="the demo's, if left out")
    options = parser.parse_args()
    machine = report.machine()
    rows = measure(options.seeds, options.rounds)
    report.show(rows)
    if options.json:
        report.write(options.json, rows, machine)


if __name__ == "__main__":
    main()
