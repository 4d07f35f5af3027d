"""Every bit of every rule, against its specification computed slowly."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from tests.unit.learning.aggregation.files import Tensors
from tests.unit.learning.aggregation.oracle import expected
from tests.unit.learning.aggregation.rounds import RULES, Round, a_round, label
from weftwork.learning.aggregation import Rule, kernels, mean

every_rule = pytest.mark.parametrize("rule", RULES, ids=label)
finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


def assert_bits(round_: Round, rule: Rule) -> None:
    found = load_file(round_.aggregate(rule))
    wanted = expected(rule, round_.base, round_.updates, round_.counts)
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert found[name].tobytes() == tensor.tobytes(), name


@every_rule
@pytest.mark.parametrize("wild", [0.1, 1e3, 1e30])
def test_random_updates(rule: Rule, wild: float, tmp_path: Path) -> None:
    assert_bits(a_round(tmp_path, scales=(wild, 2.0)), rule)


@every_rule
def test_tensors_of_several_blocks(rule: Rule, tmp_path: Path) -> None:
    """Of sums as of pieces: two whole blocks, and one that is no power of two."""
    assert_bits(a_round(tmp_path, w=(2 * 2**17 + 4999,)), rule)


@every_rule
@pytest.mark.parametrize("same", [3, 7])
def test_updates_that_are_equal(rule: Rule, same: int, tmp_path: Path) -> None:
    """Ties of scores and distances of zero."""
    round_ = a_round(tmp_path)
    round_.updates[:same] = [round_.updates[0]] * same
    assert_bits(round_, rule)


@every_rule
@settings(max_examples=15)
@given(st.data())
def test_any_numbers(rule: Rule, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        round_ = a_round(Path(folder))
        for tensors in [round_.base, *round_.updates]:
            _fill(tensors, data.draw(st.lists(finite, min_size=3, max_size=3)))
        assert_bits(round_, rule)


def _fill(tensors: Tensors, drawn: list[float]) -> None:
    for name in [name for name in tensors if name.endswith("b")]:
        tensors[name] = np.array(drawn, np.float32)


@every_rule
def test_compiled_or_not(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.compiled() is not None
    plain = a_round(tmp_path).aggregate(rule).read_bytes()
    monkeypatch.setattr(mean, "COMPILE_FROM", 0)
    assert a_round(tmp_path).aggregate(rule).read_bytes() == plain
