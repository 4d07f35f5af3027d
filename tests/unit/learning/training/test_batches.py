"""Where the samples of a training are kept."""

from pathlib import Path

import numpy as np
import torch

from weftwork.learning.data import Dataset, Objective
from weftwork.learning.training.batches import Samples

ROWS = torch.tensor([3, 0, 3])
CPU = torch.device("cpu")
X = np.arange(8, dtype=np.float32).reshape(4, 2)
Y = np.array([0, 1, 2, 0])


def mapped(folder: Path) -> Dataset:
    """X and Y in read-only files."""
    np.save(folder / "x.npy", X)
    np.save(folder / "y.npy", Y)
    return Dataset(*(np.load(folder / name, mmap_mode="r") for name in ("x.npy", "y.npy")))


def test_a_mapped_data_set_stays_in_its_file(tmp_path: Path) -> None:
    samples = Samples(mapped(tmp_path), Objective.CLASSIFICATION, CPU)
    np.load(tmp_path / "x.npy", mmap_mode="r+")[3] = 70
    x, y = samples.rows(ROWS)
    assert x.tolist() == [[70, 70], [0, 1], [70, 70]]
    assert y.tolist() == [0, 0, 0]


def test_in_a_file_or_in_memory_the_rows_are_the_same(tmp_path: Path) -> None:
    for objective in (Objective.CLASSIFICATION, Objective.RECONSTRUCTION):
        one, other = (
            Samples(data, objective, CPU).rows(ROWS) for data in (mapped(tmp_path), Dataset(X, Y))
        )
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
