"""Whole files: layout, streaming, what is not averaged."""

import tracemalloc
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from tests.unit.learning.aggregation.files import Tensors, reorder, write
from weftwork.errors import DataError
from weftwork.learning.aggregation import (
    MAX_WEIGHT,
    Update,
    aggregate,
    blocks,
    examine,
)
from weftwork.learning.aggregation.mean import Mean
from weftwork.learning.errors import WeightsError


def test_the_aggregate_has_the_bytes_of_a_saved_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7)  # so that tensors span several blocks
    random = np.random.default_rng(1)
    models: list[Tensors] = [
        {
            "b.weight": random.normal(size=(5, 11)).astype(np.float32),
            "a": random.normal(size=()).astype(np.float32),
            "empty": np.empty((0, 3), np.float32),
        }
        for _ in range(4)
    ]
    base, *files = [write(tmp_path / f"{i}", model) for i, model in enumerate(models)]
    counts = [3, 1, 7]
    updates = [Update(f"p{i}", file, counts[i]) for i, file in enumerate(files)]

    aggregate(base, updates, tmp_path / "out")

    mean_of, expected = Mean(counts, fast=False), {}
    for name, tensor in models[0].items():
        arrays = [model[name].astype(np.float32).reshape(-1) for model in models[1:]]
        expected[name] = (
            mean_of.double(arrays, np.empty(tensor.size)).astype(np.float32).reshape(tensor.shape)
        )
    assert (tmp_path / "out").read_bytes() == save(expected)


def test_counters_and_masks_stay_those_of_the_base_model(tmp_path: Path) -> None:
    def model(count: int, weight: float) -> Tensors:
        return {
            "count": np.array(count),
            "mask": np.array([count > 5]),
            "w": np.array([weight], np.float32),
        }

    base = write(tmp_path / "base", model(5, 0))
    updates = [
        Update("a", write(tmp_path / "a", model(9, 1)), 1),
        Update("b", write(tmp_path / "b", model(2**62, 3)), 1),
    ]
    assert [examine(base, update) for update in updates] == [None, None]
    aggregate(base, updates, tmp_path / "out")
    result = load_file(tmp_path / "out")
    kept = {name: tensor.tolist() for name, tensor in result.items()}
    assert kept == {"count": 5, "mask": [False], "w": [2.0]}


def test_an_update_may_order_its_tensors_as_it_likes(tmp_path: Path) -> None:
    tensors: Tensors = {"a": np.array([1, 2], np.float32), "b": np.array([3], np.float32)}
    base = write(tmp_path / "base", tensors)
    other = write(tmp_path / "other", tensors)
    reorder(other, Random(1))  # noqa: S311 - no secret
    assert other.read_bytes() != base.read_bytes()

    assert examine(base, Update("x", other, 1)) is None
    aggregate(base, [Update("x", other, 1)], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == base.read_bytes()


def test_memory_does_not_grow_with_the_model(tmp_path: Path) -> None:
    size = 4_000_000  # 16 MB a model, three models
    files = [write(tmp_path / f"{i}", {"w": np.full(size, i, np.float32)}) for i in range(3)]
    tracemalloc.start()
    updates = [Update(f"p{i}", file, 1) for i, file in enumerate(files[1:])]
    assert not any(examine(files[0], update) for update in updates)
    aggregate(files[0], updates, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
    assert np.all(load_file(tmp_path / "out")["w"] == 1.5)


def test_nothing_to_aggregate_is_an_error(tmp_path: Path) -> None:
    base = write(tmp_path / "base", {"w": np.array([1], np.float32)})
    with pytest.raises(DataError, match="no update was accepted"):
        aggregate(base, [], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("samples", [0, -1, MAX_WEIGHT + 1])
def test_a_weight_that_would_be_inexact_is_an_error(tmp_path: Path, samples: int) -> None:
    base = write(tmp_path / "base", {"w": np.array([1], np.float32)})
    with pytest.raises(DataError, match=f"factory1: weight {samples}"):
        aggregate(base, [Update("factory1", base, samples)], tmp_path / "out")


def test_a_base_model_that_cannot_be_averaged_exactly_is_an_error(tmp_path: Path) -> None:
    base = write(tmp_path / "base", {"w": np.array([1], np.float64)})
    with pytest.raises(WeightsError, match="w is F64"):
        examine(base, Update("a", base, 1))
