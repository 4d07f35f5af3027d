"""What is kept of the private tasks that this node has joined, and that are not over.

    FOLDER/TASK.secret   0600: `weftwork.learning.privacy.kept`; removed when the task is over

So a file is also what says that the task may still spend of its data set.
"""

from dataclasses import dataclass
from pathlib import Path

from weftwork.learning.privacy.kept import Kept
from weftwork.names import is_name

__all__ = ["KeptTasks"]

SUFFIX = ".secret"


@dataclass(frozen=True)
class KeptTasks:
    """The files in `folder`, which exists. Raises `ValueError` for what cannot be a task's name."""

    folder: Path

    @property
    def names(self) -> list[str]:
        """The tasks that something is kept of."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))

    def get(self, task: str) -> Kept | None:
        """What is kept of a task; None if nothing is. Raises as `Kept.load` does."""
        return Kept.load(self.path(task))

    def put(self, task: str, kept: Kept) -> None:
        """Keep this of the task; it is on the disk when this returns."""
        kept.save(self.path(task))

    def forget(self, task: str) -> None:
        """The task is over: nobody may ever draw its noise again, to subtract it."""
        self.path(task).unlink(missing_ok=True)

    def beside(self, task: str) -> dict[str, Kept]:
        """What is kept of all other tasks."""
        found = {name: self.get(name) for name in self.names if name != task}
        return {name: kept for name, kept in found.items() if kept is not None}

    def path(self, task: str) -> Path:
        """The file of a task."""
        if not is_name(task):
            raise ValueError(f"{task!r} is no name of a task")
        return self.folder / f"{task}{SUFFIX}"
