"""What the files of an aggregation hold: base model, updates, aggregate."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from weftwork.learning.errors import WeightsError
from weftwork.learning.tensorfile import TensorFile, TensorForm
from weftwork.learning.tensornames import is_models_own, state_name, upload_name

__all__ = ["ITEM_SIZES", "MAX_WEIGHT", "Base", "Layout", "Update", "first_difference"]

MAX_WEIGHT = (1 << 29) - 1  # beyond it a product is no longer exact
# The types of tensors that a model may have, and bytes a number. All but F32 are the base's.
ITEM_SIZES = {
    "F32": 4,
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "U16": 2,
    "I16": 2,
    "U32": 4,
    "I32": 4,
    "U64": 8,
    "I64": 8,
}

Forms = dict[str, TensorForm]


@dataclass(frozen=True)
class Update:
    """A participant's trained weights, weighted by its number of samples (1 to 2^29 - 1)."""

    participant: str
    path: Path
    samples: int
    digest: str | None = None


@dataclass(frozen=True)
class Layout:
    """What a task's strategies add to its files: for each trainable tensor, one of its form.

    An update has one for each of `uploads`, an aggregate for each of `state`.
    """

    trainable: frozenset[str] = frozenset()
    uploads: tuple[str, ...] = ()
    state: tuple[str, ...] = ()


@dataclass(frozen=True)
class Base:
    """The model that a round started from, fit for exact aggregation.

    `own` are the model's tensors, `state` those that an aggregate has beside them; `first`: this
    file has none of them, as there was no aggregate yet. `update` are the tensors of an update.
    """

    file: TensorFile
    own: Forms
    state: Forms
    update: Forms
    first: bool

    @property
    def averaged(self) -> frozenset[str]:
        """The model's tensors that an aggregate has new numbers of."""
        return frozenset(name for name, form in self.own.items() if form.dtype == "F32")

    @classmethod
    def open(cls, path: Path, layout: Layout) -> "Base":
        """Read the header; `WeightsError` if this cannot be a base."""
        file = TensorFile.open(path)
        own = {name: form for name, form in file.forms.items() if is_models_own(name)}
        _check_types(path, own, layout.trainable)
        parts = [(name, own[name]) for name in sorted(layout.trainable)]
        state = {state_name(one, name): form for one in layout.state for name, form in parts}
        uploads = {upload_name(one, name): form for one in layout.uploads for name, form in parts}
        first = file.forms == own
        if not first and (difference := first_difference(own | state, file.forms)):
            raise WeightsError(f"{path}: {difference}")
        return cls(file, own, state, own | uploads, first)


def first_difference(needed: Forms, found: Forms) -> str:
    """The first difference in names, shapes or types; empty if there is none."""
    for name in sorted(needed.keys() | found.keys()):
        if needed.get(name) != found.get(name):
            return f"{name} is {_text(found.get(name))}, in this task {_text(needed.get(name))}"
    return ""


def _text(form: TensorForm | None) -> str:
    return f"{form.dtype} {list(form.shape)}" if form else "absent"


def _check_types(path: Path, own: Forms, trainable: Iterable[str]) -> None:
    for name, form in own.items():
        if form.dtype not in ITEM_SIZES:
            raise WeightsError(
                f"{path}: {name} is {form.dtype}; aggregation is exact for float32 (F32) only"
            )
    for name in trainable:
        if name not in own or own[name].dtype != "F32":
            raise WeightsError(f"{path}: {name} is {_text(own.get(name))}, and should be trained")
