"""One data set as several providers might have it."""

import numpy as np
import pytest

from requester_cli.division import divided
from weftwork.errors import DataError, UsageError
from weftwork.learning.data import Dataset, Features, Labels, Schema, Targets

CLASSES = Schema(features=Features(shape=(1,)), labels=Labels(classes=4))
NUMBERS = Schema(features=Features(shape=(1,)), targets=Targets(names=("t",)))
X = np.arange(200, dtype=np.float32)[:, None]
WHOLE = Dataset(X, np.arange(200, dtype=np.int64) % 4)


@pytest.mark.parametrize(
    "how", ["equal", "sizes", "sizes:5", "dirichlet:0.3", "classes:2", "classes", "shards:3"]
)
def test_every_sample_is_one_providers(how: str) -> None:
    parts = divided(WHOLE, CLASSES, how, 3, seed=1)
    assert list(parts) == ["provider1", "provider2", "provider3"]
    assert sorted(np.concatenate([one.x[:, 0] for one in parts.values()])) == X[:, 0].tolist()
    for part in parts.values():
        assert (part.y == part.x[:, 0] % 4).all()


def test_the_number_after_the_name_counts() -> None:
    two = divided(WHOLE, CLASSES, "classes:2", 2, seed=1)
    assert [len(set(one.y.tolist())) for one in two.values()] == [2, 2]
    four = divided(WHOLE, CLASSES, "classes:4", 2, seed=1)
    assert [len(set(one.y.tolist())) for one in four.values()] == [4, 4]


def test_data_without_classes_are_divided_at_random() -> None:
    targets = Dataset(X, X * np.float32(0.5))
    parts = divided(targets, NUMBERS, "equal", 7, seed=1)
    assert sorted(map(len, parts.values())) == [28] * 3 + [29] * 4
    with pytest.raises(UsageError, match="dirichlet divides by class, and the task has none"):
        divided(targets, NUMBERS, "dirichlet", 7, seed=1)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("evenly", "'evenly' is none of equal, sizes, dirichlet, classes, shards"),
        ("dirichlet:x", "'x' must be a number above 0"),
        ("dirichlet:-1", "'-1' must be a number above 0"),
        ("dirichlet:inf", "'inf' must be a number above 0"),
        ("dirichlet:nan", "'nan' must be a number above 0"),
    ],
)
def test_what_is_no_way_to_divide(how: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        divided(WHOLE, CLASSES, how, 2, seed=1)


def test_more_providers_than_samples() -> None:
    with pytest.raises(DataError, match="200 samples cannot be divided among 201 providers"):
        divided(WHOLE, CLASSES, "equal", 201, seed=1)
