"""The built-in digits: scikit-learn's, split the same way everywhere."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.unit.learning.examples import digits
from weftwork.errors import DataError
from weftwork.learning.data import Builtin, Features, Labels, Schema, load


def test_the_parts_together_are_scikit_learns_digits() -> None:
    x, y = load_digits(return_X_y=True)
    train, test = digits("train"), digits("test")
    ours = np.c_[np.r_[train.x, test.x] * 16, np.r_[train.y, test.y]]
    theirs = np.c_[x, y]
    assert np.array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_pixels_are_scaled_to_one() -> None:
    train = digits()
    assert (str(train.x.dtype), str(train.y.dtype)) == ("float32", "int64")
    assert (train.x.min(), train.x.max()) == (0, 1)


def test_the_test_part_has_every_fifth_sample_of_every_class() -> None:
    train, test = np.bincount(digits("train").y), np.bincount(digits("test").y)
    assert (len(digits("train")), len(digits("test"))) == (1442, 355)
    assert test.tolist() == ((train + test) // 5).tolist()


def test_classes_are_taken_in_the_order_of_the_file() -> None:
    whole, some = digits(), digits(classes=(9, 0))
    chosen = np.isin(whole.y, (0, 9))
    assert np.array_equal(some.x, whole.x[chosen])
    assert np.array_equal(some.y, whole.y[chosen])


def test_what_one_caller_does_to_the_samples_another_does_not_see() -> None:
    digits().x[:] = 7
    assert digits().x.max() == 1


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8)])
def test_any_shape_of_64_numbers_will_do(shape: tuple[int, ...]) -> None:
    schema = Schema(features=Features(shape=shape), labels=Labels(classes=10))
    data = load(Builtin(kind="builtin", name="digits"), schema)
    assert data.x.shape == (1442, *shape)
    assert np.array_equal(data.x.reshape(-1, 64), digits().x)


@pytest.mark.parametrize(
    ("shape", "classes", "problem"),
    [((28, 28), 10, "a sample is 64 numbers"), ((64,), 5, "label . is not in 0..4")],
)
def test_another_schema_does_not_fit(shape: tuple[int, ...], classes: int, problem: str) -> None:
    schema = Schema(features=Features(shape=shape), labels=Labels(classes=classes))
    with pytest.raises(DataError, match=problem):
        load(Builtin(kind="builtin", name="digits"), schema)
