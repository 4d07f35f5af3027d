"""The models of other packages, each by an entry point of the group `weftwork.models`.

    [project.entry-points."weftwork.models"]
    pump-net = "pumps.model:PUMP_NET"

One that does not load is in the way of nobody but who asks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points

from weftwork.learning.errors import ModelError, first_line
from weftwork.learning.models.definition import ModelDefinition

__all__ = ["GROUP", "Offered", "offered"]

GROUP = "weftwork.models"


@dataclass(frozen=True)
class Offered:
    """What one entry point offers; it can be used where there is no `problem`.

    `package` is its name and version, `model` None where nothing could be loaded.
    """

    entry: str
    package: str
    model: ModelDefinition | None = None
    problem: str = ""

    @property
    def names(self) -> set[str]:
        """The models that a task may mean by it."""
        return {self.entry, self.model.name} if self.model else {self.entry}


def offered(built_in: Iterable[ModelDefinition]) -> tuple[Offered, ...]:
    """What packages offer, beside our own models; a (name, version) has one owner, or is no use."""
    found = [_loaded(entry) for entry in sorted(entry_points(group=GROUP))]
    owners: dict[tuple[str, int], set[ModelDefinition]] = defaultdict(set)
    for model in (*built_in, *(one.model for one in found if one.model)):
        owners[model.name, model.version].add(model)
    return tuple(
        replace(one, problem=_taken(one, one.model))
        if one.model and len(owners[one.model.name, one.model.version]) > 1
        else one
        for one in found
    )


def _loaded(entry: EntryPoint) -> Offered:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "?"
    try:
        model = entry.load()
        if not isinstance(model, ModelDefinition):
            raise ModelError(f"is a {type(model).__name__}, where a ModelDefinition is needed")
    except Exception as error:  # noqa: BLE001 - another package's code: it may raise anything
        problem = f"entry point {entry.name} = {entry.value}: {first_line(error)}"
        return Offered(entry.name, package, problem=problem)
    return Offered(entry.name, package, model)


def _taken(one: Offered, model: ModelDefinition) -> str:
    return (
        f"entry point {one.entry} of {one.package}: there is another model {model.name}"
        f" v{model.version}; give this one another name or version"
    )
