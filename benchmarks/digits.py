"""How many rounds the demo's task needs, by strategy, with its privacy and without.

    python -m benchmarks.digits [--json FILE] [--seeds N] [--rounds N]

The demo's three factories, model, data and settings, with the product's own training and exact
aggregation, but no network. Rows, each the median over the seeds:

    rounds_to_90_<setting>    rounds until 90 % on the test part (the most, + 1, where it never is)
    best_<setting>            best accuracy of a round
    personal_<setting>        accuracy of a factory's trained model on its own classes, last round

`personal` is told apart since a strategy may serve each factory's own distribution, and not the
whole: DLMU's paper may mean that. Compared with FedAvg at the same privacy.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.report import Row
from network import topology
from requester_cli import taskfile
from weftwork.learning.aggregation import Update, aggregate
from weftwork.learning.data import Builtin, Dataset, load
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.training import Participation, evaluate, train
from weftwork.learning.training.privacy import Privacy
from weftwork.learning.updates import layout_of, update_to_bytes
from weftwork.learning.weights import initialise, load_model

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


@dataclass
class Factory:
    """One provider: its samples, the test samples of its classes, and what it remembers."""

    name: str
    data: Dataset
    own_test: Dataset
    privacy: Privacy | None
    participation: Participation


def run(file: taskfile.TaskFile, training: TrainingParameters, asked: PrivacyParameters) -> Run:
    """Train the task, with these terms in the place of its own."""
    test = load(Builtin(kind="builtin", name="digits", part="test"), file.data.schema_)
    layout = layout_of(file.model, training.composition)
    accuracies = []
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / "0"
        base.write_bytes(initialise(file.model, training.seed))
        factories = list(_factories(file, training, asked))
        for number in range(1, training.rounds + 1):
            updates, personal = [], []
            for factory in factories:
                model = load_model(file.model, base)
                factory.participation = replace(factory.participation, round=number)
                trained = train(
                    model,
                    training,
                    factory.data,
                    seed=training.seed * 1000 + number,
                    schema=file.data.schema_,
                    participation=factory.participation,
                    privacy=factory.privacy,
                )
                factory.participation = replace(factory.participation, memory=trained.memory)
                path = Path(name) / factory.name
                path.write_bytes(update_to_bytes(model, trained.uploads, trained.arena))
                updates.append(Update(factory.name, path, len(factory.data)))
                personal.append(evaluate(model, factory.own_test).accuracy_ppm / 1e6)
            output = Path(name) / str(number)
            server = training.composition.server()
            aggregate(base, updates, output, layout=layout, server=server, participants=3)
            base = output
            accuracies.append(evaluate(load_model(file.model, base), test).accuracy_ppm / 1e6)
    return Run(accuracies, statistics.mean(personal))


def _factories(
    file: taskfile.TaskFile, training: TrainingParameters, asked: PrivacyParameters
) -> Iterator[Factory]:
    for organisation in topology.load().organisations:
        if organisation.node.role != "provider":
            continue
        source = organisation.node.data[0].source
        data = load(source, file.data.schema_)
        own = load(source.model_copy(update={"part": "test"}), file.data.schema_)
        privacy = None
        if asked.mode != "none":
            secret = f"{training.seed} {organisation.name}".encode().ljust(32)
            labels = training.composition.needs_labels
            privacy = Privacy(Plan.of(asked, training, len(data), labels=labels), secret)
        yield Factory(organisation.name, data, own, privacy, Participation())


def measure(seeds: int, rounds: int | None) -> list[Row]:
    """The rows."""
    import torch

    torch.set_num_threads(1)
    file, _ = taskfile.read(TASK)
    rows: list[Row] = []
    for private in (True, False):
        peer: list[Run] = []
        for name, strategy in STRATEGIES.items():
            changes = {"strategy": strategy} | ({} if private else PLAIN)
            if rounds:
                changes["rounds"] = rounds
            runs = []
            for seed in range(1, seeds + 1):
                terms = file.training.model_dump(mode="json") | changes | {"seed": seed}
                training = TrainingParameters.model_validate(terms)
                runs.append(run(file, training, file.privacy if private else PrivacyParameters()))
            peer = peer or runs
            rows += _rows(f"{name}_{'private' if private else 'plain'}", runs, peer)
    return rows


def _rows(setting: str, runs: list[Run], peer: list[Run]) -> Iterator[Row]:
    for name, unit, value in (
        ("rounds_to_90", "rounds", lambda one: one.rounds),
        ("best", "", lambda one: max(one.accuracies)),
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
