"""What a round's training depends on, by digest: the same inputs draw the same noise, no others do.

Noise that covers two different sums covers neither: their difference has no noise at all.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from weftwork.learning.data import Dataset
from weftwork.learning.errors import UnsupportedLayerError

__all__ = ["digest_of", "untouched"]


def digest_of(start: Tensor, dataset: Dataset, *beside: Mapping[str, Tensor]) -> str:
    """SHA-256 of where training starts, of the samples, and of named tensors."""
    digest = hashlib.sha256(start.cpu().numpy().tobytes())
    for array in (dataset.x, dataset.y):
        _add(digest, array)
    for tensors in beside:
        for name, one in sorted(tensors.items()):
            digest.update(name.encode())
            digest.update(one.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def untouched(model: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    """Raise `UnsupportedLayerError` if training changed a buffer: it would leave without noise."""
    changed = [name for name, one in model.named_buffers() if not torch.equal(one, buffers[name])]
    if changed:
        raise UnsupportedLayerError(
            "the model cannot be trained privately: training changes more than its weights:",
            tuple(f"{name}: has no privacy mechanism" for name in changed),
        )


def _add(digest: "hashlib._Hash", array: np.ndarray) -> None:
    """The array's numbers; of one that is mapped from a file, which file it is."""
    digest.update(repr((array.shape, array.dtype.str)).encode())
    if isinstance(array, np.memmap) and array.filename is not None:
        found = Path(array.filename).stat()
        digest.update(repr((str(array.filename), found.st_size, found.st_mtime_ns)).encode())
    else:
        digest.update(np.ascontiguousarray(array).data)
