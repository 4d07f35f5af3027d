"""The exact mean against an oracle of rational arithmetic, and the verdicts on bad updates."""

import hashlib
import json
import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file, save, save_file

from weftwork.errors import DataError
from weftwork.learning.aggregation import (
    MAX_WEIGHT,
    Reason,
    Update,
    aggregate,
    blocks,
    examine,
)
from weftwork.learning.aggregation.mean import Mean
from weftwork.learning.errors import WeightsError

Tensors = dict[str, NDArray[np.generic]]

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
weights = st.integers(1, MAX_WEIGHT)
columns = st.lists(st.tuples(finite, weights), min_size=1, max_size=12)


def oracle(values: list[tuple[float, int]]) -> np.float32:
    """The specification in rational numbers: each step rounds once, to nearest even.

    CPython's conversions of a Fraction and `np.float32` of a double both round correctly.
    """
    total = 0.0
    for value, weight in values:
        total = float(Fraction(total) + Fraction(value) * weight)
    return np.float32(float(Fraction(total) / sum(weight for _, weight in values)))


def weighted_mean(
    arrays: list[NDArray[np.float32]], counts: list[int], *, compiled: bool = False
) -> NDArray[np.float32]:
    return Mean(counts, compiled=compiled)(arrays).astype(np.float32)


def mean(values: list[tuple[float, int]], *, compiled: bool = False) -> np.float32:
    arrays = [np.array([value], np.float32) for value, _ in values]
    counts = [weight for _, weight in values]
    result: np.float32 = weighted_mean(arrays, counts, compiled=compiled)[0]
    return result


def write(path: Path, tensors: Tensors) -> Path:
    save_file(tensors, path)
    return path


@pytest.mark.parametrize("compiled", [False, True])
@given(columns)
def test_every_bit_is_the_oracles(compiled: bool, values: list[tuple[float, int]]) -> None:
    found = mean(values, compiled=compiled)
    assert found.tobytes() in (oracle(values).tobytes(), np.float32(-0.0).tobytes())
    assert found == oracle(values)


@pytest.mark.parametrize("updates", range(1, 8))
def test_what_is_compiled_has_the_bits_of_what_is_not(updates: int) -> None:
    random = np.random.default_rng(updates)
    arrays = list(random.normal(size=(updates, 999)).astype(np.float32))
    arrays[0][::3], arrays[-1][::5] = -0.0, 1e-45
    counts = [int(n) for n in random.integers(1, MAX_WEIGHT, updates)]
    plain = Mean(counts, compiled=False)(arrays)
    assert Mean(counts, compiled=True)(arrays).tobytes() == plain.tobytes()


@given(columns)
def test_the_mean_lies_between_the_smallest_and_the_largest(
    values: list[tuple[float, int]],
) -> None:
    numbers = [np.float32(value) for value, _ in values]
    assert min(numbers) <= mean(values) <= max(numbers)


@given(finite, st.lists(weights, min_size=1, max_size=12))
def test_equal_updates_are_their_own_mean(value: float, counts: list[int]) -> None:
    assert mean([(value, count) for count in counts]) == np.float32(value)


def test_the_order_of_updates_is_part_of_the_result() -> None:
    """Why all parties must aggregate in one order: float64 sums do round."""
    updates = [(1.0, 1), (2.0**60, 1), (-(2.0**60), 1)]
    assert mean(updates) == 0
    assert mean([updates[1], updates[2], updates[0]]) == np.float32(1 / 3)


@settings(max_examples=25)
@given(st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_how_the_work_is_cut_into_blocks_changes_nothing(block: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    updates = random.normal(size=(3, 500)).astype(np.float32)
    counts = [int(n) for n in random.integers(1, 10_000, 3)]
    starts = random.permutation(range(0, 500, block))  # blocks may come in any order, too
    pieces = {s: weighted_mean(list(updates[:, s : s + block]), counts) for s in starts}
    whole = weighted_mean(list(updates), counts)
    assert np.concatenate([pieces[s] for s in sorted(pieces)]).tobytes() == whole.tobytes()


class TestFiles:
    """Whole files: layout, streaming, integers."""

    def test_the_aggregate_has_the_bytes_of_a_saved_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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

        expected = {}
        for name, tensor in models[0].items():
            arrays = [model[name].astype(np.float32).reshape(-1) for model in models[1:]]
            expected[name] = weighted_mean(arrays, counts).reshape(tensor.shape)
        assert (tmp_path / "out").read_bytes() == save(expected)

    def test_counters_and_masks_stay_those_of_the_base_model(self, tmp_path: Path) -> None:
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

    def test_an_update_may_order_its_tensors_as_it_likes(self, tmp_path: Path) -> None:
        tensors: Tensors = {"a": np.array([1, 2], np.float32), "b": np.array([3], np.float32)}
        base = write(tmp_path / "base", tensors)
        data = {"b": [0, 4], "a": [4, 12]}
        header = {
            name: {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": data[name]}
            for name in data
        }
        text = json.dumps(header).encode()
        body = tensors["b"].tobytes() + tensors["a"].tobytes()
        other = tmp_path / "other"
        other.write_bytes(struct.pack("<Q", len(text)) + text + body)

        assert examine(base, Update("x", other, 1)) is None
        aggregate(base, [Update("x", other, 1)], tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == base.read_bytes()

    def test_memory_does_not_grow_with_the_model(self, tmp_path: Path) -> None:
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

    def test_nothing_to_aggregate_is_an_error(self, tmp_path: Path) -> None:
        base = write(tmp_path / "base", {"w": np.array([1], np.float32)})
        with pytest.raises(DataError, match="no update was accepted"):
            aggregate(base, [], tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("samples", [0, -1, MAX_WEIGHT + 1])
    def test_a_weight_that_would_be_inexact_is_an_error(self, tmp_path: Path, samples: int) -> None:
        base = write(tmp_path / "base", {"w": np.array([1], np.float32)})
        with pytest.raises(DataError, match=f"factory1: weight {samples}"):
            aggregate(base, [Update("factory1", base, samples)], tmp_path / "out")

    def test_a_base_model_that_cannot_be_averaged_exactly_is_an_error(self, tmp_path: Path) -> None:
        base = write(tmp_path / "base", {"w": np.array([1], np.float64)})
        with pytest.raises(WeightsError, match="w is F64"):
            examine(base, Update("a", base, 1))


class TestVerdicts:
    """Each reason for which an update takes no part."""

    @pytest.fixture
    def base(self, tmp_path: Path) -> Path:
        return write(tmp_path / "base", {"w": np.zeros((2, 3), np.float32), "n": np.array(1)})

    def verdict(self, base: Path, tensors: Tensors) -> tuple[Reason, str]:
        rejection = examine(base, Update("x", write(base.with_name("x"), tensors), 1))
        assert rejection is not None
        assert rejection.participant == "x"
        return rejection.reason, rejection.detail

    @pytest.mark.parametrize(
        ("tensors", "detail"),
        [
            (
                {"w": np.zeros((3, 2), np.float32), "n": np.array(1)},
                "w is F32 [3, 2], in this task F32 [2, 3]",
            ),
            (
                {"w": np.zeros((2, 3), np.float64), "n": np.array(1)},
                "w is F64 [2, 3], in this task F32 [2, 3]",
            ),
            ({"w": np.zeros((2, 3), np.float32)}, "n is absent, in this task I64 []"),
            (
                {"w": np.zeros((2, 3), np.float32), "n": np.array(1), "z": np.array(1)},
                "z is I64 [], in this task absent",
            ),
        ],
    )
    def test_another_shape_type_or_name(self, base: Path, tensors: Tensors, detail: str) -> None:
        assert self.verdict(base, tensors) == (Reason.SHAPE_MISMATCH, detail)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("place", [0, 5])
    def test_a_number_that_is_not_finite(self, base: Path, value: float, place: int) -> None:
        w = np.zeros(6, np.float32)
        w[place] = value
        assert self.verdict(base, {"w": w.reshape(2, 3), "n": np.array(1)}) == (
            Reason.NON_FINITE,
            "w holds a NaN or an infinity",
        )

    def test_other_bytes_than_were_submitted(self, base: Path) -> None:
        digest = hashlib.sha256(base.read_bytes()).hexdigest()
        assert examine(base, Update("x", base, 1, digest)) is None
        rejection = examine(base, Update("x", base, 1, "0" * 64))
        assert rejection is not None
        assert rejection.reason is Reason.DIGEST_MISMATCH
        assert digest in rejection.detail

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data + b"\0",
            lambda data: b"\xff" * 8 + data[8:],
            lambda data: data.replace(b"F32", b"F99"),
            lambda data: b"\x80\x04K\x01.",  # a pickle
        ],
    )
    def test_no_safetensors_file(self, base: Path, damage: object) -> None:
        assert callable(damage)
        bad = base.with_name("bad")
        bad.write_bytes(damage(base.read_bytes()))
        rejection = examine(base, Update("x", bad, 1))
        assert rejection is not None
        assert rejection.reason is Reason.MALFORMED
