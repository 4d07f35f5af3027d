"""All that a round's training depends on, by digest: the noise is drawn, and paid for, under it.

Noise that covers two different sums covers neither: their difference has no noise at all. So the
digest names whatever decides a bit of the sums: the samples, the weights received and started from,
what strategies remember, the round and its seed (which orders batches and drops units), the task's
terms, and the machine that computes. Only a repetition of the very same has the same digest.
"""

import hashlib
from collections.abc import Iterable, Mapping
from importlib import metadata
from mmap import mmap
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from weftwork.learning.data import Dataset
from weftwork.learning.errors import UnsupportedLayerError

__all__ = ["digest_of", "machine", "untouched"]


def digest_of(dataset: Dataset, said: Iterable[str], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the samples, of texts in their order, and of named tensors."""
    digest = hashlib.sha256()
    for array in (dataset.x, dataset.y):
        _add(digest, array)
    for text in said:
        _say(digest, text)
    for name, one in sorted(tensors.items()):
        _say(digest, name, str(one.dtype), list(one.shape))
        numbers = one.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(numbers.numpy().data)
    return digest.hexdigest()


def machine(device: torch.device) -> str:
    """What of this machine decides the bits of a training, the same for all its processes.

    The software, the kind of processor and its kernels, and the number of threads.
    """
    gpus = range(torch.cuda.device_count() if device.type == "cuda" else 0)
    return repr(
        (
            *(_version(one) for one in ("weftwork", "torch", "numba")),
            device.type,
            *(torch.cuda.get_device_name(one) for one in gpus),
            torch.backends.cpu.get_cpu_capability(),
            torch.get_num_threads(),
        )
    )


def untouched(model: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    """Raise `UnsupportedLayerError` if training changed a buffer: it would leave without noise."""
    changed = [name for name, one in model.named_buffers() if not torch.equal(one, buffers[name])]
    if changed:
        raise UnsupportedLayerError(
            "the model cannot be trained privately: training changes more than its weights:",
            tuple(f"{name}: has no privacy mechanism" for name in changed),
        )


def _add(digest: "hashlib._Hash", array: np.ndarray) -> None:
    """The array's numbers.

    Of one that is a whole file, which may be larger than memory: the file's name, size and time of
    change. Written anew with the same numbers, it counts as another data set.
    """
    _say(digest, array.shape, array.dtype.str)
    if isinstance(array, np.memmap) and isinstance(array.base, mmap):
        found = Path(array.filename).stat()
        _say(digest, str(array.filename), found.st_size, found.st_mtime_ns)
    else:
        digest.update(np.ascontiguousarray(array).data)


def _say(digest: "hashlib._Hash", *what: object) -> None:
    """A line of its own: no two sequences of texts and arrays run together into the same bytes."""
    digest.update(repr(what).encode() + b"\n")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
