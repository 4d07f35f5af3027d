"""Lengths and angles, beside NumPy's of whole vectors; and what is called a copy."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from weftwork.learning.judging.duplicates import duplicates
from weftwork.learning.judging.moves import BLOCK, Moves
from weftwork.learning.judging.tensors import Tensors

SIZES = {"a": 7, "b": BLOCK + 13, "c": 1}
NUMBERS = sum(SIZES.values())

Vector = NDArray[np.float64]


def file(path: Path, vector: Vector) -> Tensors:
    parts = np.split(vector.astype(np.float32), np.cumsum([*SIZES.values()])[:-1])
    save_file(dict(zip(SIZES, parts, strict=True)), path)
    return Tensors(path)


def measured(
    folder: Path, base: Vector, updates: list[Vector], before: Vector | None = None
) -> Moves:
    files = [file(folder / str(i), one) for i, one in enumerate(updates)]
    earlier = None if before is None else file(folder / "before", before)
    return Moves.of(file(folder / "base", base), files, [*SIZES], earlier)


def drawn(count: int, seed: int = 1) -> list[Vector]:
    random = np.random.RandomState(seed)
    return [random.standard_normal(NUMBERS) for _ in range(count)]


def cosine(one: Vector, other: Vector) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_lengths_and_angles_are_those_of_the_vectors(tmp_path: Path) -> None:
    base, before, *updates = drawn(6)
    moves = measured(tmp_path, base, updates, before)
    deltas, last = [one - base for one in updates], base - before
    assert moves.norms == pytest.approx([np.linalg.norm(one) for one in deltas], rel=1e-6)
    assert moves.base_norm == pytest.approx(np.linalg.norm(base), rel=1e-6)
    assert moves.to_last == pytest.approx([cosine(one, last) for one in deltas], abs=1e-6)
    beside = [one - (one @ last) / (last @ last) * last for one in deltas]
    for i, one in enumerate(beside):
        for j, other in enumerate(beside):
            assert moves.to_each_other[i, j] == pytest.approx(cosine(one, other), abs=1e-6)


def test_the_angle_to_all_others(tmp_path: Path) -> None:
    base, *updates = drawn(4)
    moves = measured(tmp_path, base, updates)
    weights = np.array([3.0, 0.0, 1.0])
    deltas = [one - base for one in updates]
    expected = [
        cosine(deltas[0], deltas[2]),
        cosine(deltas[1], 3 * deltas[0] + deltas[2]),
        cosine(deltas[2], deltas[0]),
    ]
    assert moves.against_others(weights) == pytest.approx(expected, abs=1e-6)


def test_the_largest_numbers_have_a_length(tmp_path: Path) -> None:
    most = np.full(NUMBERS, float(np.finfo(np.float32).max))
    moves = measured(tmp_path, -most, [most])
    assert moves.norms == pytest.approx([2 * np.linalg.norm(most)], rel=1e-6)


def test_a_copy_is_found_whatever_its_scale_and_some_noise(tmp_path: Path) -> None:
    base, before, one, noise, *others = drawn(8)
    small = 0.1 * np.linalg.norm(one - base) / np.linalg.norm(noise) * noise
    copies = [base + 0.3 * (one - base), one + small, one + (base - before)]
    moves = measured(tmp_path, base, [*others, one, *copies], before)
    found = duplicates([*"abcd", "one", "scaled", "noisy", "on top"], moves)
    assert list(found) == [5, 6, 7]
    assert "copies the earlier update of one" in found[5]


def test_who_repeats_the_last_change_or_nothing(tmp_path: Path) -> None:
    base, before, one, other, noise = drawn(5)
    last = base - before
    small = 0.1 * np.linalg.norm(last) / np.linalg.norm(noise) * noise
    updates = [one, base + 2 * last, base, base + last + small, other, base - last]
    found = duplicates([*"abcdef"], measured(tmp_path, base, updates, before))
    assert list(found) == [1, 2, 3]
    assert found[2] == "it is the global model that the round started from"
    assert all("repeats the global model's last change" in found[i] for i in (1, 3))


def test_where_all_are_alike_they_are_no_copies(tmp_path: Path) -> None:
    base, common, *own = drawn(7)
    updates = [base + 20 * common + one for one in own]  # their cosines are 0.9975
    assert duplicates([*"abcde"], measured(tmp_path, base, updates)) == {}
    noisy = updates[0] + 0.05 * drawn(1, seed=2)[0]
    assert list(duplicates([*"abcdef"], measured(tmp_path, base, [*updates, noisy]))) == [5]


def test_of_two_only_the_very_same_is_a_copy(tmp_path: Path) -> None:
    base, common, one, other = drawn(4)
    alike = [base + 10 * common + one, base + 10 * common + other]
    assert duplicates([*"ab"], measured(tmp_path, base, alike)) == {}
    assert list(duplicates([*"ab"], measured(tmp_path, base, [one, one]))) == [1]
    assert duplicates([], measured(tmp_path, base, [])) == {}
