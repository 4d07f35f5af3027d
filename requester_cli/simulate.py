"""`simulate`: train a task here, without a network, before anybody else is asked."""

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import Field

from requester_cli import contributions, output, taskfile, units
from requester_cli.consistency import DOWNLOADS
from requester_cli.contributions import Said
from requester_cli.division import divided
from requester_cli.settings import Settings
from requester_cli.taskfile import TaskFile
from weftwork.config import Strict, load_yaml
from weftwork.config.mistakes import Location
from weftwork.downloads import resolved
from weftwork.errors import UsageError
from weftwork.learning.data import Dataset, LocalData, load
from weftwork.learning.data.sources import named_twice
from weftwork.learning.privacy.statement import micro, statement
from weftwork.learning.simulation import SimulatedRound, simulate
from weftwork.learning.terms import Terms
from weftwork.units import MILLION

Providers = Mapping[str, Dataset]


class DataFile(Strict):
    """What `--data` names: data sets as in a node's file, each a provider's."""

    data: tuple[LocalData, ...] = Field(min_length=1)


def run(
    settings: Settings,
    path: Path,
    data: Path,
    providers: int | None,
    divide: str,
    rounds: int | None,
) -> None:
    """Train the task in `path`; tell each round, and then what the providers' updates say."""
    file, test = taskfile.read(path)
    training = file.training.model_copy(update={"rounds": rounds} if rounds else {})
    with output.steps(quiet=settings.json) as say:
        say("reading the data")
        members = _providers(file, data, providers, divide)
    how = file.aggregation
    terms = Terms(file.model, training, file.privacy, file.data.schema_, how.rule, how.cap_ratio)
    last = None
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(terms, members, Path(folder), test=test, secret=secrets.token_bytes(32))
        for last in made:
            _tell(settings, last, training.rounds, members)
            if _reached(file, last):
                break
    if last and not settings.json:
        _conclude(file, last, members)


def _providers(file: TaskFile, data: Path, count: int | None, divide: str) -> Providers:
    schema, found = file.data.schema_, load_yaml(data, DataFile, _twice).data
    if count is None:
        return {one.name: load(resolved(one.source, DOWNLOADS), schema) for one in found}
    if len(found) != 1:
        raise UsageError(f"--providers: divides one data set, and {data} has {len(found)}")
    whole = load(resolved(found[0].source, DOWNLOADS), schema)
    return divided(whole, schema, divide, count, file.training.seed)


def _twice(document: dict[str, Any], _: Path) -> Iterator[tuple[Location, str]]:
    yield from named_twice(document.get("data"))


def _reached(file: TaskFile, last: SimulatedRound) -> bool:
    """Whether a real task would end with this round."""
    target, found = file.target_accuracy, last.evaluation
    return bool(target) and found is not None and found.accuracy_ppm >= target * MILLION


def _tell(settings: Settings, last: SimulatedRound, rounds: int, members: Providers) -> None:
    accuracy = last.evaluation.accuracy_ppm if last.evaluation else -1
    if not settings.json:
        click.echo(f"round {last.number} of {rounds}  accuracy {units.percent(accuracy)}")
        for warning in last.warnings:
            click.echo(f"  {warning}", err=True)
        return
    document: dict[str, Any] = {"event": "round", "round": last.number, "rounds": rounds}
    output.json_line(
        document
        | {"accuracy_ppm": accuracy}
        | {"loss_micro": last.evaluation.loss_micro if last.evaluation else None}
        | {"providers": {one.name: _document(one, members) for one in _said(last)}}
        | {"warnings": list(last.warnings)}
    )


def _document(said: Said, members: Providers) -> dict[str, Any]:
    spent = {} if said.spent_micro is None else {"epsilon_micro": said.spent_micro}
    return {"samples": len(members[said.name]), "metrics": dict(said.metrics)} | spent


def _said(last: SimulatedRound) -> list[Said]:
    found = []
    for name, metrics in last.reports.items():
        plan = last.plans.get(name)
        spent = micro(plan.epsilon_after(last.number)) if plan else None
        found.append(Said(name, metrics, spent, micro(float(plan.epsilon)) if plan else 0))
    return found


def _conclude(file: TaskFile, last: SimulatedRound, members: Providers) -> None:
    table = contributions.table_of(_said(last))
    if table:
        privacy = file.privacy
        asked = statement(privacy.mode, epsilon=privacy.epsilon, delta=privacy.delta)
        output.show(table, asked)
    sizes = ", ".join(f"{name} {len(data)}" for name, data in members.items())
    output.show(f"simulated {units.count(last.number, 'round')}; samples: {sizes}")
    if file.target_accuracy and not _reached(file, last):
        target = units.percent(int(file.target_accuracy * MILLION))
        output.show(f"the target of {target} is not reached")
