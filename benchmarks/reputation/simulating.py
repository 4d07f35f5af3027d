"""A whole simulation: tasks one after another, in which reputation carries over."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.reputation.behaviours import BEHAVIOURS
from benchmarks.reputation.consortium import Consortium, definition
from benchmarks.reputation.members import colluding
from benchmarks.reputation.playing import Halted, Play, Player
from benchmarks.reputation.sandbox import Sandbox
from benchmarks.reputation.scenarios import KINDS, Scenario
from benchmarks.reputation.world import ORGANISATIONS, RARE, SCHEMA, World
from weftwork.learning.aggregation.rules import Rule, WeightedMean
from weftwork.learning.judging.parameters import JudgingParameters
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters, training_seed
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.terms import Terms
from weftwork.learning.weights import initialise

__all__ = ["Outcome", "Plan", "simulate", "terms_of"]

MLP = ModelSpec(name="mlp", version=1, parameters={"inputs": 64, "hidden": [64], "classes": 10})
TRAINING = {"local_epochs": 2, "batch_size": 5, "learning_rate": "0.1", "momentum": "0.8"}


@dataclass(frozen=True)
class Plan:
    """What is simulated: `rounds` in as many `tasks`, each with a model of its own."""

    rounds: int = 50
    tasks: int = 5
    committee: int = 3
    rule: Rule = field(default_factory=WeightedMean)
    judging: JudgingParameters = field(default_factory=JudgingParameters)
    split: str | None = None  # in the place of the scenarios' own

    def lengths(self) -> list[int]:
        """Rounds of each task."""
        count = min(self.tasks, self.rounds)
        return [self.rounds * (i + 1) // count - self.rounds * i // count for i in range(count)]


@dataclass
class Outcome:
    """What became of each organisation: reputation (ppm) after each round, coins, and counts.

    `standings` (ppm) are the organisations' in the end, when all tasks are counted. `accuracies`
    (ppm, on data that nobody has seen) are of each round; `ends` of each task's model. `halts` are
    the reasons of tasks that were halted.
    """

    kind: str
    seed: int
    roles: dict[str, str]
    reputations: dict[str, list[int]] = field(default_factory=dict)
    standings: dict[str, int] = field(default_factory=dict)
    coins: dict[str, int] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Counter[str]] = field(default_factory=dict)
    accuracies: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)

    def note(self, record: Mapping[str, Any], owners: Mapping[str, str], accuracy: int) -> None:
        """Take in a round's record."""
        for one in record["standings"]:
            name = owners[one["participant"]]
            self.reputations.setdefault(name, []).append(one["reputation"])
        self.rejected.update(owners[one["participant"]] for one in record["rejected"])
        self.served.update(owners[name] for name in record["committee"])
        for one in record["faults"]:
            self.faults.setdefault(owners[one["participant"]], Counter())[one["fault"]] += 1
        self.accuracies.append(accuracy)


def simulate(kind: str, seed: int, plan: Plan, program: Path) -> Outcome:
    """One scenario with one division of the data, on a ledger of its own."""
    scenario = KINDS[kind]
    world = World.of(plan.split or scenario.split, seed)
    outcome = Outcome(kind, seed, {name: _role(name, scenario) for name in ORGANISATIONS})
    with Sandbox(program) as ledger, tempfile.TemporaryDirectory() as folder:
        net = Consortium(ledger)
        first = 1
        for number, rounds in enumerate(plan.lengths(), 1):
            _task(net, scenario, world, plan, outcome, Path(folder), (number, rounds, first))
            first += rounds
        _settle(net, outcome)
    return outcome


def _role(name: str, scenario: Scenario) -> str:
    if scenario.is_attacker(name):
        return "attacker"
    return "rare" if scenario.split == "rare" and name in RARE else "honest"


def _task(
    net: Consortium,
    scenario: Scenario,
    world: World,
    plan: Plan,
    outcome: Outcome,
    folder: Path,
    place: tuple[int, int, int],
) -> None:
    """One task, from its publication to its end; `place`: its number, rounds, and first round."""
    number, rounds, first = place
    terms = terms_of(plan, rounds, training_seed(outcome.seed, number, "task") % 2**53)
    players = _players(scenario, world, number)
    owners = {name: player.organisation for name, player in players.items()}
    for name, owner in owners.items():
        net.register(name, owner)
    base = folder / "base"
    base.write_bytes(initialise(terms.model, terms.training.seed))
    task = f"digits-{number}"
    net.start(task, definition(terms, base, len(players), plan.committee), sorted(players))
    play = Play(net, task, terms, world, players, folder, first, plan.rounds)
    try:
        for one in range(1, rounds + 1):
            record = play.round(one)
            outcome.note(record, owners, play.accuracy_ppm(base))
        net.move("Rounds:Finalize", task)
    except Halted as error:
        outcome.halts.append(str(error))
    outcome.ends.append(play.accuracy_ppm(base))
    for owner in ORGANISATIONS:
        net.count(task, owner)


def terms_of(plan: Plan, rounds: int, seed: int) -> Terms:
    """The task of so many rounds; its initial model and all that is drawn follow from the seed."""
    training = TrainingParameters.model_validate(TRAINING | {"rounds": rounds, "seed": seed})
    none = PrivacyParameters()
    return Terms(MLP, training, none, SCHEMA, plan.rule, judging=plan.judging)


def _players(scenario: Scenario, world: World, task: int) -> dict[str, Player]:
    """The task's providers, by the names that they take part under."""
    names = {owner: _name(owner, scenario, task) for owner in ORGANISATIONS}
    friends = [names[owner] for owner in ORGANISATIONS if scenario.is_attacker(owner)]
    players = {}
    for owner, name in names.items():
        player = Player(owner, world.sites[owner], BEHAVIOURS["honest"])
        if scenario.is_attacker(owner):
            player = Player(
                owner,
                world.sites[owner],
                BEHAVIOURS[scenario.attack],
                colluding(friends) if scenario.collude else player.bend,
                scenario.lie,
            )
        players[name] = player
    return players


def _name(owner: str, scenario: Scenario, task: int) -> str:
    new = scenario.renamed and scenario.is_attacker(owner) and task > 1
    return f"{owner}-{task}" if new else owner


def _settle(net: Consortium, outcome: Outcome) -> None:
    """What the ledger says at the end; an organisation's coins are those of all its names."""
    outcome.coins = dict.fromkeys(ORGANISATIONS, 0)
    for name in net.providers:
        outcome.coins[name[: len(ORGANISATIONS[0])]] += net.coins(name)
    outcome.standings = {name: net.reputation(name) for name in ORGANISATIONS}
