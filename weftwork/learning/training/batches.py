"""Samples on the device that trains: all at once where they fit, else batch by batch."""

import numpy as np
import torch
from torch import Tensor

from weftwork.learning.data import Dataset, Objective

__all__ = ["Samples"]

# A data set up to this is copied to the device whole: gathering there is much faster. One that is
# mapped from a file is not copied to the memory that it was too large for.
RESIDENT_BYTES = 2 << 30


class Samples:
    """Gives the rows of a data set as `(x, wanted)`: what the model sees, and what it should give.

    For reconstruction, `wanted` is x itself.
    """

    def __init__(
        self,
        dataset: Dataset,
        objective: Objective,
        device: torch.device,
        *,
        resident_bytes: int = RESIDENT_BYTES,
    ) -> None:
        self._dataset = dataset
        self._device = device
        self._itself = objective is Objective.RECONSTRUCTION
        self._resident: tuple[Tensor, Tensor] | None = None
        mapped = isinstance(dataset.x, np.memmap) and device.type == "cpu"
        if dataset.x.nbytes <= resident_bytes and not mapped:
            self._resident = (_tensor(dataset.x).to(device), _tensor(dataset.y).to(device))

    def __len__(self) -> int:
        """The number of samples."""
        return len(self._dataset)

    @property
    def labels(self) -> Tensor:
        """The classes, targets or marks of all samples."""
        return _tensor(self._dataset.y)

    def rows(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The samples with these indices (n,), int64 on the CPU."""
        if self._resident is None:
            chosen = rows.numpy()
            x = torch.from_numpy(self._dataset.x[chosen]).to(self._device)
            y = torch.from_numpy(self._dataset.y[chosen]).to(self._device)
        else:
            index = rows.to(self._device)
            x, y = self._resident[0][index], self._resident[1][index]
        return x, x if self._itself else y


def _tensor(array: np.ndarray) -> Tensor:
    """The array itself, or a copy where it is read-only, which torch cannot share."""
    return torch.from_numpy(array if array.flags.writeable else np.array(array))
