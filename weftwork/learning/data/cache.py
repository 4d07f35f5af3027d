"""Data sets as they are trained on, kept on disk as arrays that are mapped.

An entry is a folder with `x.npy` and `y.npy`, named by what it was made from. It is built under
another name and renamed when it is whole and on the disk, so that what a crash leaves is never
taken for one. Only its owner may read it: it holds the data.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.files import faults, locked, sync_folder
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.fingerprint import fingerprint
from weftwork.learning.data.npyfile import GrowingArray, mapped
from weftwork.learning.data.portions import PORTION_BYTES
from weftwork.learning.data.readers import place
from weftwork.learning.data.schema import Schema
from weftwork.learning.data.sources import Source

__all__ = ["Cache", "Choice"]

KEPT = 4  # entries of one source: as many tasks may read it by another schema
UNUSED_SECONDS = 30 * 24 * 3600.0  # after which an entry of any source goes

# Which rows of all samples are to be kept, by their labels or targets.
Choice = Callable[[np.ndarray], NDArray[np.int64]]


class Cache:
    """The entry of one source and schema in `folder`, which is made if it is absent.

    Raises `OSError` where the source cannot be looked at.
    """

    def __init__(self, folder: Path, source: Source, schema: Schema) -> None:
        self._folder = folder
        self._source = source
        self._schema = schema
        self._made_from = fingerprint(source, schema)
        self._entry = folder / "-".join(self._made_from)

    def open(self) -> Dataset | None:
        """The data set, mapped; None if there is none, or none that is whole."""
        try:
            dataset = Dataset(mapped(self._entry / "x.npy"), mapped(self._entry / "y.npy"))
            os.utime(self._entry)  # it was used
        except (OSError, ValueError):
            return None
        features = self._schema.features
        fits = dataset.x.shape == (len(dataset), *features.shape)
        return dataset if fits and dataset.x.dtype.name == features.dtype else None

    def build(self, parts: Iterable[Dataset], choice: Choice | None) -> Dataset:
        """Write consecutive samples, at least one, keep those of the choice, and map them.

        `DataError` if the source changed meanwhile; `EnvironmentFaultError` if the disk is full.
        """
        with faults(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._folder / f".{self._made_from[0]}.lock"):  # one source at a time
            dataset = self.open()  # if another process was faster
            if dataset is None:
                self._write(parts, choice)
                dataset = self.open()
        if dataset is None:
            raise DataError(f"{self._entry}: was removed as soon as it was made")
        return dataset

    def _write(self, parts: Iterable[Dataset], choice: Choice | None) -> None:
        for abandoned in self._folder.glob(f".{self._made_from[0]}.*/"):
            shutil.rmtree(abandoned, ignore_errors=True)
        with faults(self._folder):
            building = Path(mkdtemp(prefix=f".{self._made_from[0]}.", dir=self._folder))
        try:
            _save(building, parts)
            if choice is not None:
                _choose(building, choice)
            if not self._is_unchanged():
                raise DataError(f"{place(self._source)}: changed while it was read; try again")
            with faults(self._folder):
                sync_folder(building)
                shutil.rmtree(self._entry, ignore_errors=True)  # it could not be opened
                building.rename(self._entry)
                sync_folder(self._folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        self._tidy()

    def _tidy(self) -> None:
        """Remove this source's entries of an older state, and those that nobody used for long."""
        source, schema, _ = self._made_from
        same = sorted(self._folder.glob(f"{source}-*"), key=_used, reverse=True)
        old = [one for one in same if one.name.startswith(f"{source}-{schema}-")] + same[KEPT:]
        limit = time.time() - UNUSED_SECONDS
        old += [one for one in self._folder.glob("*-*-*/") if _used(one) < limit]
        for entry in set(old) - {self._entry}:
            shutil.rmtree(entry, ignore_errors=True)

    def _is_unchanged(self) -> bool:
        try:
            return fingerprint(self._source, self._schema) == self._made_from
        except OSError:
            return False


def _used(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile
        return 0.0


def _save(folder: Path, parts: Iterable[Dataset]) -> None:
    rest = iter(parts)
    first = next(rest)
    with (
        faults(folder),
        GrowingArray(folder / "x.npy", first.x) as x,
        GrowingArray(folder / "y.npy", first.y) as y,
    ):
        for part in chain([first], rest):
            x.append(part.x)
            y.append(part.y)


def _choose(folder: Path, choice: Choice) -> None:
    """Keep only the chosen rows of what is in `folder`."""
    x, y = mapped(folder / "x.npy"), mapped(folder / "y.npy")
    rows = choice(y)
    (folder / "all").mkdir()
    for name in ("x.npy", "y.npy"):
        (folder / name).rename(folder / "all" / name)
    size = max(1, PORTION_BYTES // x[0].nbytes)
    _save(
        folder, (Dataset(x[part], y[part]) for part in np.split(rows, range(size, len(rows), size)))
    )
    shutil.rmtree(folder / "all")
