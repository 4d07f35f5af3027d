"""What a node keeps of a private task for as long as it lasts, in one private file.

The secret, and with it whatever was told once under its noise: the number of samples (in the plan)
and the label counts. They are told again ever after, whatever became of the data. A second count
with the same noise would give the exact change of the data away, and one with new noise would be a
release that nobody has paid for. They are in one file so that none of them outlives the others:
where it is lost, the next secret has another name, under which every release is booked anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationError

from weftwork.config import Strict
from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.files import write_private
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.secret import BYTES

__all__ = ["Kept", "labels_told"]


class Kept(Strict):
    """`plan` is that of the data set `data`; `labels` are its classes' noisy counts, once told."""

    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")

    secret: Annotated[bytes, Field(min_length=BYTES, max_length=BYTES, repr=False)]
    data: str
    plan: Plan
    labels: tuple[int, ...] | None = None

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What is in `path`; None if there is nothing.

        Raises `EnvironmentFaultError` if it cannot be read, `IntegrityError` if it is damaged:
        rounds may then have been trained with noise that nobody can draw again.
        """
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EnvironmentFaultError.of(error, path) from error
        try:
            return cls.model_validate_json(content)
        except ValidationError:  # which quotes what it does not like
            raise IntegrityError(f"{path}: is damaged: it holds no task's secret") from None

    def save(self, path: Path) -> None:
        """Replace the file (0600); it is on the disk when this returns."""
        write_private(path, self.model_dump_json().encode())


def labels_told(path: Path, labels: Sequence[int], *, keep: bool) -> Sequence[int]:
    """The label counts that are told under the secret in `path`: the first that were kept.

    Raises as `Kept.load` does, and `IntegrityError` where there is no secret any more.
    """
    kept = Kept.load(path)
    if kept is None:
        raise IntegrityError(f"{path}: the task's secret is gone")
    if kept.labels is not None:
        return kept.labels
    if keep:
        kept.model_copy(update={"labels": tuple(labels)}).save(path)
    return labels
