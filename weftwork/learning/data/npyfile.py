"""An array on disk that grows by samples, in NumPy's own format: to be mapped when it is whole."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

__all__ = ["GrowingArray", "mapped"]


class GrowingArray:
    """Writes samples (n, *shape) of one type to `path`, which must be new; mode 0600.

    On leaving the context without an error the array is complete and on the disk.
    """

    def __init__(self, path: Path, like: np.ndarray) -> None:
        self._shape = like.shape[1:]
        self._dtype = like.dtype
        self._count = 0
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._header()
        self._begin = self._file.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._file:
            if error is None:
                self._file.seek(0)
                self._header()
                if self._file.tell() != self._begin:
                    raise AssertionError("NumPy leaves room for the count in a header")
                self._file.flush()
                os.fsync(self._file.fileno())

    def append(self, samples: np.ndarray) -> None:
        """Add samples at the end."""
        self._count += len(samples)
        self._file.write(np.ascontiguousarray(samples, self._dtype).data)

    def _header(self) -> None:
        header = {
            "shape": (self._count, *self._shape),
            "fortran_order": False,
            "descr": np.lib.format.dtype_to_descr(self._dtype),  # type: ignore[no-untyped-call] # it has none
        }
        np.lib.format.write_array_header_1_0(self._file, header)  # type: ignore[no-untyped-call] # it has none


def mapped(path: Path) -> np.ndarray:
    """The array in `path`, read-only, brought into memory page by page as it is used."""
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
