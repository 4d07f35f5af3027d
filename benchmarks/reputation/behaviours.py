"""What a provider submits in a round: honest work, or something in its place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from benchmarks.judging.attacks import ATTACKS, Change, moved
from benchmarks.reputation.world import CLASSES
from weftwork.learning.data import Dataset
from weftwork.learning.parameters import training_seed
from weftwork.learning.tensornames import PROVIDER
from weftwork.learning.terms import Terms
from weftwork.learning.training import Participation, train
from weftwork.learning.updates import update_to_bytes
from weftwork.learning.weights import load_model

__all__ = ["BEHAVIOURS", "Behaviour", "Work", "honest"]


@dataclass(frozen=True)
class Work:
    """A provider's work of one round: it is to write its update of `base` to `output`.

    `elapsed` is how much of the simulation is over, 0 to 1.
    """

    terms: Terms
    provider: str
    data: Dataset
    number: int
    base: Path
    output: Path
    elapsed: float

    @property
    def seed(self) -> int:
        """Of all that is drawn in it."""
        return training_seed(self.terms.training.seed, self.number, self.provider)


Behaviour = Callable[[Work], None]


def honest(work: Work) -> None:
    """Train on one's own data."""
    model = load_model(work.terms.model, work.base)
    trained = train(
        model,
        work.terms.training,
        work.data,
        seed=work.seed,
        schema=work.terms.schema,
        participation=Participation(round=work.number),
    )
    content = update_to_bytes(model, trained.uploads, trained.arena, work.provider)
    work.output.write_bytes(content)


def free_rider(work: Work) -> None:
    """Send the global model back, as one's own."""
    with safe_open(work.base, framework="np") as file:  # type: ignore[no-untyped-call] # it has none
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, work.output, metadata={PROVIDER: work.provider})


def label_flipper(work: Work) -> None:
    """Train on class 9 - c in the place of every class c."""
    honest(replace(work, data=_flipped(work.data, 1)))


def slow_poisoner(work: Work) -> None:
    """Flip no label at first, and in the end all of them."""
    honest(replace(work, data=_flipped(work.data, work.elapsed)))


def _flipped(data: Dataset, share: float) -> Dataset:
    labels = data.y.copy()
    some = slice(round(share * len(labels)))
    labels[some] = CLASSES - 1 - labels[some]
    return Dataset(data.x, labels)


def resting(work: Work) -> None:
    """Work in the first half of a task, and then send noise of the same length."""
    rested = 2 * work.number > work.terms.training.rounds
    (BEHAVIOURS["noise"] if rested else honest)(work)


def _changed(change: Change) -> Behaviour:
    def behave(work: Work) -> None:
        honest(work)
        seed = work.seed % 2**32
        moved(work.base, work.output, work.output, change, work.provider, seed)

    return behave


def _times(factor: float) -> Change:
    return lambda move, random: np.float32(factor) * move


BEHAVIOURS: dict[str, Behaviour] = {
    "honest": honest,
    "free-rider": free_rider,
    "noise": _changed(ATTACKS["noise"]),
    "label-flip": label_flipper,
    "sign-flip": _changed(ATTACKS["sign_flip"]),
    "scaled-10": _changed(_times(10)),
    "scaled-3": _changed(_times(3)),
    "slow-poison": slow_poisoner,
    "resting": resting,
}
