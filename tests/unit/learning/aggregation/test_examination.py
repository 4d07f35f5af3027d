"""Each reason for which an update takes no part."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.unit.learning.aggregation.files import Tensors, write
from weftwork.learning.aggregation import (
    Reason,
    Update,
    examine,
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path / "base", {"w": np.zeros((2, 3), np.float32), "n": np.array(1)})


def verdict(base: Path, tensors: Tensors) -> tuple[Reason, str]:
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
def test_another_shape_type_or_name(base: Path, tensors: Tensors, detail: str) -> None:
    assert verdict(base, tensors) == (Reason.SHAPE_MISMATCH, detail)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 5])
def test_a_number_that_is_not_finite(base: Path, value: float, place: int) -> None:
    w = np.zeros(6, np.float32)
    w[place] = value
    assert verdict(base, {"w": w.reshape(2, 3), "n": np.array(1)}) == (
        Reason.NON_FINITE,
        "w holds a NaN or an infinity",
    )


def test_other_bytes_than_were_submitted(base: Path) -> None:
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
def test_no_safetensors_file(base: Path, damage: object) -> None:
    assert callable(damage)
    bad = base.with_name("bad")
    bad.write_bytes(damage(base.read_bytes()))
    rejection = examine(base, Update("x", bad, 1))
    assert rejection is not None
    assert rejection.reason is Reason.MALFORMED
