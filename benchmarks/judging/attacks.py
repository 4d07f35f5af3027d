"""What attackers send in the place of their honest update: from the base model and that update.

Each names itself in its file, as whoever does not is rejected for that alone.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from weftwork.learning.data import Dataset
from weftwork.learning.parameters import training_seed
from weftwork.learning.tensornames import PROVIDER
from weftwork.learning.terms import Terms
from weftwork.learning.training import train
from weftwork.learning.updates import update_to_bytes
from weftwork.learning.weights import load_model

__all__ = ["ATTACKS", "Change", "copied", "label_flipped", "moved"]

Tensors = dict[str, NDArray[np.float32]]
Change = Callable[[NDArray[np.float32], np.random.RandomState], NDArray[np.float32]]


def _noise(move: NDArray[np.float32], random: np.random.RandomState) -> NDArray[np.float32]:
    """Of the same norm, in any direction."""
    drawn = random.standard_normal(len(move))
    return drawn * (np.linalg.norm(move) / np.linalg.norm(drawn))


# What becomes of a provider's own move (update - base), as a vector (numbers,).
ATTACKS: dict[str, Change] = {
    "sign_flip": lambda move, random: -move,
    "sign_flip_x5": lambda move, random: -5 * move,
    "scaled_x5": lambda move, random: 5 * move,
    "scaled_x20": lambda move, random: 20 * move,
    "noise": _noise,
    "resubmission": lambda move, random: 0 * move,
    "tiny_noise": lambda move, random: 1e-3 * _noise(move, random),
    "not_finite": lambda move, random: np.full_like(move, np.nan),
}


def moved(
    base: Path, update: Path, output: Path, change: Change, provider: str, seed: int = 0
) -> Path:
    """Write `update` with its move from `base` changed, as `provider`'s; returns `output`."""
    start, end = load_file(base), load_file(update)
    names = [name for name in sorted(start) if start[name].dtype == np.float32]
    move = np.concatenate([(end[name] - start[name]).reshape(-1) for name in names])
    changed = change(move, np.random.RandomState(seed)).astype(np.float32)
    cuts = np.cumsum([start[name].size for name in names])[:-1]
    for name, part in zip(names, np.split(changed, cuts), strict=True):
        end[name] = start[name] + part.reshape(start[name].shape)
    save_file(end, output, metadata={PROVIDER: provider})
    return output


def copied(cosine: float) -> Change:
    """The move with noise that takes its cosine to the original to `cosine`."""
    relative = np.sqrt(1 / cosine**2 - 1)
    return lambda move, random: move + relative * _noise(move, random)


def label_flipped(
    terms: Terms, base: Path, data: Dataset, provider: str, seed: int, output: Path
) -> Path:
    """What `provider` trains on class `classes` - 1 - c for every class c."""
    assert terms.schema.labels is not None  # noqa: S101 - the benchmark's own task
    flipped = Dataset(data.x, terms.schema.labels.classes - 1 - data.y)
    model = load_model(terms.model, base)
    name = f"label flipper {seed}"
    trained = train(
        model, terms.training, flipped, seed=training_seed(seed, 1, name), schema=terms.schema
    )
    output.write_bytes(update_to_bytes(model, trained.uploads, trained.arena, provider))
    return output
