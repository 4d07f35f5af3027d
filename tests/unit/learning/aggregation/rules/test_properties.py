"""What a rule promises, whatever the numbers."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from tests.unit.learning.aggregation.rounds import (
    LAYOUT,
    ROBUST,
    RULES,
    Keeping,
    Round,
    a_round,
    label,
)
from weftwork.learning.aggregation import Rule, aggregate, blocks
from weftwork.learning.aggregation.rules import Median, TrimmedMean, WeightedMean
from weftwork.learning.errors import DivergedError
from weftwork.learning.strategies.strategy import Floats

every_rule = pytest.mark.parametrize("rule", RULES, ids=label)
robust = pytest.mark.parametrize("rule", ROBUST, ids=label)
FLOATS = ("w", "b", "buffer", "server:s.up/w", "server:s.up/b")


def made(round_: Round, rule: Rule) -> dict[str, Floats]:
    tensors = load_file(round_.aggregate(rule))
    return {name: tensors[name].astype(np.float64) for name in FLOATS}


@every_rule
@settings(max_examples=10)
@given(block=st.integers(7, 200), threads=st.integers(1, 4))
def test_neither_blocks_nor_threads_change_a_bit(rule: Rule, block: int, threads: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        round_ = a_round(Path(folder), w=(499,), scales=(1e10, 2.0))
        whole = round_.aggregate(rule, threads=1).read_bytes()
        patch.setattr(blocks, "BLOCK", block)
        assert round_.aggregate(rule, threads=threads).read_bytes() == whole


@every_rule
def test_threads_share_tensors_of_several_blocks(rule: Rule, tmp_path: Path) -> None:
    round_ = a_round(tmp_path, w=(3 * 2**17 + 5,))
    one = round_.aggregate(rule, threads=1).read_bytes()
    assert round_.aggregate(rule, threads=3).read_bytes() == one


@pytest.mark.parametrize("rule", [Median(), TrimmedMean(trim=1), TrimmedMean(trim=3)], ids=label)
@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_of_the_order_of_updates_nothing_is_left(rule: Rule, random: Random) -> None:
    with TemporaryDirectory() as folder:
        round_ = a_round(Path(folder), scales=(1e10, 2.0))
        before = round_.aggregate(rule).read_bytes()
        _shuffle(round_, random)
        assert round_.aggregate(rule).read_bytes() == before


@every_rule
@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_updates_is_no_more_than_a_rounding(rule: Rule, random: Random) -> None:
    """It is part of the definition all the same: bits may differ."""
    with TemporaryDirectory() as folder:
        round_ = a_round(Path(folder), scales=(2.0, 1.0))
        before = made(round_, rule)
        _shuffle(round_, random)
        after = made(round_, rule)
    for name in FLOATS:
        np.testing.assert_allclose(after[name], before[name], rtol=2e-7, atol=1e-12)


def _shuffle(round_: Round, random: Random) -> None:
    places = list(range(len(round_.updates)))
    random.shuffle(places)
    round_.updates[:] = [round_.updates[i] for i in places]
    round_.counts[:] = [round_.counts[i] for i in places]


@every_rule
@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), updates=st.integers(7, 12))
def test_no_number_leaves_the_range_of_updates_and_base(
    rule: Rule, seed: int, updates: int
) -> None:
    """But for the last bit, which rounding may add: the mean of a and a is a."""
    with TemporaryDirectory() as folder:
        round_ = a_round(Path(folder), seed, updates, scales=(5.0,))
        found = made(round_, rule)
    for name, numbers in found.items():
        own = [one[name.replace("server:", "client:")] for one in round_.updates]
        base = round_.base.get(name, np.zeros_like(own[0]))
        if rule.name != "clipped-mean":
            base = own[0]
        slack = 1e-6 * np.max(np.abs([base, *own]), axis=0)
        assert np.all(numbers >= np.min([base, *own], axis=0) - slack)
        assert np.all(numbers <= np.max([base, *own], axis=0) + slack)


@robust
@settings(max_examples=15)
@given(
    at=st.integers(0, 6),
    size=st.sampled_from([1e2, 1e6, 1e18, 3e38]),
    part=st.sampled_from(["w", "buffer", "client:s.up/w"]),
    ones=st.booleans(),
)
def test_one_wild_update_moves_it_by_little(
    rule: Rule, at: int, size: float, part: str, ones: bool
) -> None:
    """However far it is: by a bound that follows from the others, in the part that is wild only."""
    with TemporaryDirectory() as folder:
        round_ = a_round(Path(folder))
        round_.counts[:] = [1000] * 7
        before = made(round_, rule)
        honest = [one[part].astype(np.float64) for one in round_.updates]
        signs = np.random.default_rng(at).choice([1] if ones else [-1, 1], honest[at].shape)
        round_.updates[at][part] = (size * signs).astype(np.float32)
        after = made(round_, rule)
    start = np.asarray(round_.base.get(part, 0), np.float64)
    spread = max(float(np.linalg.norm(one - start)) for one in honest)
    for name in FLOATS:
        moved = float(np.linalg.norm(after[name] - before[name]))
        assert moved <= 3 * spread
    untouched = {"w": "buffer", "buffer": "w", "client:s.up/w": "w"}[part]
    np.testing.assert_array_equal(after[untouched], before[untouched])


def test_one_wild_update_moves_the_mean_as_far_as_it_likes(tmp_path: Path) -> None:
    """What the others are for."""
    before = made(a_round(tmp_path), WeightedMean())
    after = made(a_round(tmp_path, scales=(1e30,)), WeightedMean())
    assert np.linalg.norm(after["w"] - before["w"]) > 1e25


@robust
def test_who_does_not_move_cannot_hold_the_others(rule: Rule, tmp_path: Path) -> None:
    """Free riders that send the model back: fewer than half of them."""
    round_ = a_round(tmp_path)
    round_.counts[:] = [1000] * 7
    start = round_.base["w"].astype(np.float64)
    for i, tensors in enumerate(round_.updates):
        tensors["w"] = (start + (0.3 if i > 1 else 0)).astype(np.float32)
    moved = made(round_, rule)["w"] - start
    assert np.all(moved >= 0.2)  # of five in seven, 0.214 is the mean


@every_rule
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["w", "buffer", "client:s.up/b"])
def test_what_nobody_examined_is_an_error(
    rule: Rule, value: float, name: str, tmp_path: Path
) -> None:
    """In more updates than any rule leaves out."""
    round_ = a_round(tmp_path)
    for tensors in round_.updates[:4]:
        tensors[name] = np.full_like(tensors[name], value)
    base, updates = round_.written()
    output = tmp_path / "output"
    with pytest.raises(DivergedError):
        aggregate(base, updates, output, layout=LAYOUT, server=Keeping(), rule=rule)
    assert not output.exists()
