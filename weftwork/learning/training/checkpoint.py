"""A training that was interrupted goes on from its last completed epoch.

A checkpoint is a private file beside the node's journal, written whole after each epoch. It is only
taken up by the same training: same base, same terms, same secret (`identity`).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from weftwork.files import write_private

__all__ = ["Checkpoint", "Checkpoints"]


@dataclass(frozen=True)
class Checkpoint:
    """`epochs` are done: `tensors` (vectors) and `numbers` are what the next one starts from."""

    epochs: int
    steps: int
    tensors: dict[str, Tensor]
    numbers: dict[str, float]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        content = {name: one.cpu().contiguous() for name, one in self.tensors.items()}
        about = {"about": repr((self.epochs, self.steps, self.numbers))}
        return hashlib.sha256(save(content, about)).hexdigest()


class Checkpoints:
    """The checkpoint of one training, in one file; None for `path` keeps none.

    Without `writes`, another process of the same training keeps it.
    """

    def __init__(self, path: Path | None, identity: str, *, writes: bool = True) -> None:
        self._path = path
        self._identity = identity
        self._writes = writes

    def load(self) -> Checkpoint | None:
        """The last one; None if there is none, or only another training's."""
        if self._path is None or not self._path.exists():
            return None
        try:
            with safe_open(self._path, framework="pt") as file:  # type: ignore[no-untyped-call] # it has none
                about = json.loads((file.metadata() or {}).get("training", "{}"))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, ValueError):
            return None
        if about.get("identity") != self._identity:
            return None
        return Checkpoint(about["epochs"], about["steps"], tensors, about["numbers"])

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the last one; it is on the disk when this returns."""
        if self._path is None or not self._writes:
            return
        about = {
            "identity": self._identity,
            "epochs": checkpoint.epochs,
            "steps": checkpoint.steps,
            "numbers": checkpoint.numbers,
        }
        tensors = {name: one.cpu().contiguous() for name, one in checkpoint.tensors.items()}
        write_private(self._path, save(tensors, {"training": json.dumps(about)}))

    def remove(self) -> None:
        """The training is over."""
        if self._path is not None and self._writes:
            self._path.unlink(missing_ok=True)
