"""What strategies remember between a task's rounds: a private file for each of the last rounds.

A round is trained from the newest memory before it, so that a training done again ends the same.
Other nodes never see these files: they are not in the store of artifacts.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from weftwork.names import is_name

__all__ = ["Memories", "Past"]

# The newest, and the one before: the newest round may be trained again.
KEPT = 2
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Past:
    """What is left of before a round: the memory (None: none), and whether a round was missed.

    `round` is the one that it is of, 0 without.
    """

    path: Path | None
    gap: bool
    round: int = 0

    def with_base(self, base: str, means: str = "") -> str:
        """A digest of the memory and of the model with digest `base`: a training's inputs.

        `means` names what computes otherwise than by default: it draws noise of its own.
        """
        content = self.path.read_bytes() if self.path else b""
        return hashlib.sha256(f"{base}{means}".encode() + content).hexdigest()[:16]


class Memories:
    """`FOLDER/TASK/ROUND.safetensors`. Raises `ValueError` for what cannot be a task's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def before(self, task: str, round_number: int) -> Past:
        """The newest memory of an earlier round."""
        earlier = [number for number in self._rounds(task) if number < round_number]
        if not earlier:
            return Past(None, gap=False)
        newest = max(earlier)
        return Past(self._path(task, newest), gap=newest < round_number - 1, round=newest)

    def place(self, task: str, round_number: int) -> Path:
        """Where the memory of a round is to be written; what is too old to matter is removed."""
        folder = self._task(task)
        folder.mkdir(mode=0o700, exist_ok=True)
        for number in sorted(self._rounds(task))[:-KEPT]:
            self._path(task, number).unlink(missing_ok=True)
        return self._path(task, round_number)

    def discard(self, task: str, round_number: int) -> None:
        """Forget a round as if it had been missed."""
        self._path(task, round_number).unlink(missing_ok=True)

    def checkpoint(self, task: str) -> Path:
        """Where a training of the task keeps what it could go on from."""
        folder = self._task(task)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / "checkpoint"

    def forget(self, task: str) -> None:
        """The task is over."""
        shutil.rmtree(self._task(task), ignore_errors=True)

    def _rounds(self, task: str) -> list[int]:
        names = [path.name.removesuffix(SUFFIX) for path in self._task(task).glob(f"*{SUFFIX}")]
        return [int(name) for name in names if name.isdigit()]

    def _path(self, task: str, round_number: int) -> Path:
        return self._task(task) / f"{round_number}{SUFFIX}"

    def _task(self, task: str) -> Path:
        if not is_name(task):
            raise ValueError(f"{task!r} is no name of a task")
        return self._folder / task
