"""Every aggregate again, from the bytes of the updates. Imports torch: only `--deep` needs it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter, ValidationError

from weftwork.audit.artifacts import rounds_of
from weftwork.audit.bundle import Bundle, file_digest
from weftwork.audit.findings import Place, Report, require
from weftwork.audit.task import Task
from weftwork.audit.world import Record
from weftwork.errors import WeftworkError
from weftwork.learning.aggregation import RuleOptions, Update, aggregate, examine
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.updates import layout_of

__all__ = ["recompute"]


def recompute(report: Report, bundle: Bundle, task: Task) -> None:
    """Check that each round's model is what its accepted updates make of its base.

    A round of which some bytes are not in the bundle is listed as absent.
    """
    rounds = rounds_of(task)
    report.aggregates = len(rounds)
    for record in rounds:
        wanted = _wanted(record)
        paths = {digest: bundle.artifact(digest) for digest in wanted}
        lacking = [wanted[digest] for digest, path in paths.items() if path is None]
        if lacking:
            what = f"round {record['round']}, aggregate"
            report.absent.append(f"{what}: not recomputed without {', '.join(lacking)}")
            continue
        found = {digest: path for digest, path in paths.items() if path}
        place = Place(file=f"round {record['round']}")
        with report.checking("aggregates", place):
            _recompute(task, record, found)


def _wanted(record: Record) -> dict[str, str]:
    """Which bytes it takes, by digest, and what they are."""
    digests = {one["participant"]: one["digest"] for one in record["submitted"]}
    accepted = [one["participant"] for one in record["accepted"]]
    updates = {digests[name]: f"the update of {name}" for name in accepted}
    return {record["base_digest"]: "the base"} | updates


def _recompute(task: Task, record: Record, paths: dict[str, Path]) -> None:
    digests = {one["participant"]: one["digest"] for one in record["submitted"]}
    updates = []
    for part in record["accepted"]:
        name, weight = part["participant"], part["weight"]
        updates.append(Update(name, paths[digests[name]], weight, digests[name]))
    with TemporaryDirectory(prefix="weftwork-audit-") as aside:
        output = Path(aside) / "aggregate"
        obstacle = ""
        try:
            _aggregate(task, paths[record["base_digest"]], updates, output)
        except (WeftworkError, ValidationError) as error:
            obstacle = str(error)
        require(not obstacle, f"the accepted updates cannot be aggregated: {obstacle}")
        own, size = file_digest(output), output.stat().st_size
    require(own == record["digest"], f"the model is {record['digest']}, recomputed it is {own}")
    require(size == record["size"], f"the model has {record['size']} bytes, recomputed {size}")


def _aggregate(task: Task, base: Path, updates: list[Update], output: Path) -> None:
    definition = task.definition
    training = TrainingParameters.model_validate(definition["training"])
    composition = training.composition
    model = ModelSpec.model_validate(definition["model"])
    layout = layout_of(model, composition)
    for update in updates:
        rejection = examine(base, update, layout)
        text = f"{update.participant}: {rejection.detail}" if rejection else ""
        require(not rejection, f"an update was accepted that is not usable: {text}")
    rule: Any = TypeAdapter(RuleOptions).validate_python(definition["aggregation"]["rule"])
    aggregate(
        base,
        updates,
        output,
        layout=layout,
        server=composition.server(),
        participants=len(task.participants),
        rule=rule,
    )
