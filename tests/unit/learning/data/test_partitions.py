"""Divisions among clients: each row once, each client its share, the same everywhere."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.learning.examples import digits
from weftwork.errors import DataError
from weftwork.learning.data.partitions import (
    by_class,
    by_shard,
    by_writer,
    dirichlet,
    iid,
    quantity_skew,
)

Division = Callable[[np.ndarray, int, int], list[np.ndarray]]

DIVISIONS: dict[str, Division] = {
    "iid": iid,
    "quantity": partial(quantity_skew, alpha=0.5, minimum=2),
    "dirichlet": partial(dirichlet, alpha=0.5, minimum=2),
    "class": partial(by_class, classes=2),
    "shard": partial(by_shard, shards=2),
    "writer": by_writer,
}

labels = st.lists(st.integers(0, 5), min_size=60, max_size=200).map(np.array)
clients = st.integers(2, 6)
seeds = st.integers(0, 2**64)


def counts(y: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """How often each client (row) has each label (column)."""
    return np.array([np.bincount(y[part], minlength=y.max() + 1) for part in parts])


@pytest.mark.parametrize("name", DIVISIONS)
@given(labels, clients, seeds)
def test_each_row_is_had_once_and_each_client_has_some(
    name: str, y: np.ndarray, clients: int, seed: int
) -> None:
    present, sizes = np.unique(y, return_counts=True)
    if name == "writer":
        assume(clients <= len(present))
    if name == "class":
        assume(2 <= len(present) <= 2 * clients)
        assume(sizes.min() >= clients)
    parts = DIVISIONS[name](y, clients, seed)
    assert len(parts) == clients
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(y)))
    assert all(len(part) and (np.diff(part) > 0).all() for part in parts)
    again = DIVISIONS[name](y, clients, seed)
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))


@given(labels, clients, seeds)
def test_iid_is_of_equal_sizes(y: np.ndarray, clients: int, seed: int) -> None:
    sizes = [len(part) for part in iid(y, clients, seed)]
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(2, 10), st.integers(1, 10), st.integers(1, 4), seeds)
def test_a_client_has_exactly_its_classes(
    groups: int, clients: int, classes: int, seed: int
) -> None:
    assume(classes <= groups <= classes * clients)
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(groups), 20))
    found = counts(y, by_class(y, clients, seed, classes=classes))
    assert ((found > 0).sum(axis=1) == classes).all()
    shards = (found > 0).sum(axis=0)
    assert shards.max() - shards.min() <= 1


@given(labels, clients, st.integers(1, 4), seeds)
def test_shards_are_of_equal_size_and_of_few_classes(
    y: np.ndarray, clients: int, shards: int, seed: int
) -> None:
    parts = by_shard(y, clients, seed, shards=shards)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= shards
    # A cut sorted row has as many changes of label as there are labels but one.
    changes = (counts(y, parts) > 0).sum() - clients * shards
    assert changes <= len(np.unique(y)) - 1


@given(st.lists(st.integers(0, 30), min_size=1, max_size=100).map(np.array), seeds, st.data())
def test_a_writer_is_one_clients(writers: np.ndarray, seed: int, data: st.DataObject) -> None:
    different = len(np.unique(writers))
    clients = data.draw(st.integers(1, different))
    found = counts(writers, by_writer(writers, clients, seed)) > 0
    assert (found.sum(axis=0)[np.unique(writers)] == 1).all()
    assert set(found.sum(axis=1)) <= {different // clients, -(-different // clients)}


@given(st.floats(0.001, 100), st.integers(1, 8), seeds)
def test_nobody_has_fewer_than_the_minimum(alpha: float, minimum: int, seed: int) -> None:
    y = np.arange(400) % 10
    for division in (quantity_skew, dirichlet):
        parts = division(y, 5, seed, alpha=max(alpha, 0.1), minimum=minimum)
        assert min(len(part) for part in parts) >= minimum
    assert min(map(len, quantity_skew(y, 5, seed, alpha=alpha, minimum=minimum))) >= minimum


def test_the_smaller_alpha_the_more_skew() -> None:
    y = digits().y
    spread = [
        float(np.std(counts(y, dirichlet(y, 10, seed=1, alpha=alpha, minimum=1)), axis=0).mean())
        for alpha in (0.1, 1, 100)
    ]
    assert spread[0] > 1.5 * spread[1] > 3 * spread[2]
    sizes = [
        float(np.std([len(part) for part in quantity_skew(y, 10, 1, alpha=alpha, minimum=1)]))
        for alpha in (0.1, 1, 100)
    ]
    assert sizes[0] > sizes[1] > 2 * sizes[2]


@pytest.mark.parametrize("name", DIVISIONS)
def test_another_seed_is_another_division(name: str) -> None:
    y = np.arange(200) % 10
    first, second = (DIVISIONS[name](y, 5, seed) for seed in (1, 2))
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))


EXPECTED = {
    "iid": [3, 6, 7, 9, 11, 17, 18, 23],
    "quantity": [1, 2, 3, 4, 6, 7, 9, 11, 12, 16, 17, 18, 19, 20, 22, 23],
    "dirichlet": [2, 3, 5, 7, 9, 10, 11, 13, 15, 17, 22, 23],
    "class": [3, 9, 13, 15, 21, 23],
    "shard": [2, 6, 10, 11, 14, 18, 22, 23],
    "writer": [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23],
}


@pytest.mark.parametrize("name", DIVISIONS)
def test_the_same_rows_on_every_machine_and_with_every_version_of_numpy(name: str) -> None:
    assert DIVISIONS[name](np.arange(24) % 4, 3, 5)[0].tolist() == EXPECTED[name]


@pytest.mark.parametrize(
    ("division", "problem"),
    [
        (lambda y: iid(y, 21, 0), "20 samples cannot be divided among 21 clients, at least 1"),
        (lambda y: iid(y, 0, 0), "among 0 clients"),
        (lambda y: dirichlet(y, 3, 0, alpha=1), "at least 10 each"),
        (lambda y: dirichlet(y, 3, 0, alpha=0, minimum=1), r"alpha: must be .* \(got 0\)"),
        (lambda y: quantity_skew(y, 3, 0, alpha=float("nan"), minimum=1), "alpha: must be"),
        (lambda y: by_class(y, 3, 0, classes=5), "3 clients with 5 classes each: there are 4"),
        (lambda y: by_class(y, 3, 0, classes=1), "3 clients with 1 classes each"),
        (lambda y: by_class(y, 12, 0, classes=2), "a class has 5 samples, too few for 6"),
        (lambda y: by_shard(y, 7, 0, shards=3), "7 clients, at least 3 each"),
        (lambda y: by_writer(y, 5, 0), "4 writers cannot be divided among 5 clients"),
    ],
)
def test_what_cannot_be_divided(
    division: Callable[[np.ndarray], list[np.ndarray]], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        division(np.arange(20) % 4)


def test_a_minimum_that_is_never_met_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weftwork.learning.data.partitions.TRIES", 5)
    with pytest.raises(DataError, match="in 5 divisions some client had fewer than 10 of 30"):
        dirichlet(np.zeros(30, np.int64), 3, 0, alpha=0.01)
