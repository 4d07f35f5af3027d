"""The schema's digest is what sites agree by: it must not depend on how the schema was written."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from requester_cli.recordable import exact
from weftwork.learning.data import Normalisation, Objective, Schema

DIGITS = {"features": {"shape": [64], "dtype": "float32"}, "labels": {"classes": 10}}

shapes = st.lists(st.integers(1, 50), min_size=1, max_size=4)
names = st.lists(st.text(min_size=1), min_size=2, max_size=5, unique=True)


def test_the_canonical_form_and_the_digest_never_change() -> None:
    """They are on the ledger: another digest for the same schema would be a new version."""
    schema = Schema.model_validate(DIGITS)
    assert schema.canonical() == (
        b'{"features":{"dtype":"float32","shape":[64]},"labels":{"classes":10},"version":1}'
    )
    assert schema.digest == "50cf005463ec4817c626c22478f795bf37f096f75bee87d7f60585f076083928"


@given(shapes, names)
def test_what_was_read_back_has_the_same_digest(shape: list[int], classes: list[str]) -> None:
    schema = Schema.model_validate(
        {"labels": {"names": classes, "classes": len(classes)}, "features": {"shape": shape}}
    )
    again = Schema.model_validate(json.loads(schema.canonical()))
    assert again == schema
    assert again.digest == schema.digest


def test_defaults_may_be_written_or_left_out() -> None:
    short = {"labels": {"classes": 10, "names": None}, "features": {"shape": [64]}}
    assert Schema.model_validate(short).digest == Schema.model_validate(DIGITS).digest


@given(shapes, shapes)
def test_other_shapes_have_other_digests(a: list[int], b: list[int]) -> None:
    first, second = (
        Schema.model_validate({"features": {"shape": shape}, "labels": {"classes": 2}}).digest
        for shape in (a, b)
    )
    assert (first == second) == (a == b)


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("features", {"shape": []}, "at least 1"),
        ("features", {"shape": [0]}, "greater than or equal to 1"),
        ("features", {"shape": [10_000, 10_000]}, "100000000 numbers"),
        ("features", {"shape": [64], "dtype": "float64"}, "float32"),
        ("labels", {"classes": 1}, "greater than or equal to 2"),
        ("labels", {"classes": 3, "names": ["a", "b"]}, "3 different names"),
        ("labels", {"classes": 2, "names": ["a", "a"]}, "2 different names"),
        ("labels", {"classes": 2, "names": ["a", "b", "a"]}, "2 different names"),
        ("version", 2, "should be 1"),
        ("units", {}, "not permitted"),
    ],
)
def test_a_schema_that_says_nothing_clear_is_refused(
    part: str, value: object, problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        Schema.model_validate(DIGITS | {part: value})


NUMBERS = {"features": {"shape": [2]}, "targets": {"names": ["wear"]}}


def test_the_objective_follows_from_what_is_given() -> None:
    features = {"features": {"shape": [3, 4]}}
    classes, numbers, itself = (
        Schema.model_validate(features | more)
        for more in ({"labels": {"classes": 5}}, {"targets": {"names": ["a", "b"]}}, {})
    )
    assert (classes.objective, classes.outputs) == (Objective.CLASSIFICATION, (5,))
    assert (numbers.objective, numbers.outputs) == (Objective.REGRESSION, (2,))
    assert (itself.objective, itself.outputs) == (Objective.RECONSTRUCTION, (3, 4))


@pytest.mark.parametrize("one", [1, 1.0, "1", "1.00", "1e0", "0.1E1"])
def test_a_constant_is_the_same_however_it_is_written(one: object) -> None:
    features = {"shape": [2], "normalise": {"subtract": [one, -0.0], "divide": [100]}}
    schema = Schema.model_validate(NUMBERS | {"features": features})
    assert (
        b'"normalise":{"divide":["100"],"subtract":["1","0"]}' in schema.canonical()
    )  # text: the ledger holds no floating-point number
    recorded = exact(schema.model_dump(mode="json", exclude_none=True))
    assert Schema.model_validate(json.loads(json.dumps(recorded))).digest == schema.digest
    assert exact(recorded) == recorded


decimals = st.decimals(-(10**9), 10**9, places=9)


@given(st.lists(decimals, min_size=3, max_size=3), decimals.filter(lambda one: one > 0))
def test_constants_survive_the_ledger_exactly(subtract: list[Decimal], divide: Decimal) -> None:
    targets = {"names": ["a", "b", "c"], "normalise": {"subtract": subtract, "divide": [divide]}}
    schema = Schema.model_validate(NUMBERS | {"targets": targets})
    again = Schema.model_validate(json.loads(schema.canonical()))
    assert again.digest == schema.digest
    assert again.targets is not None
    assert again.targets.normalise == Normalisation(subtract=tuple(subtract), divide=(divide,))


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("labels", {"classes": 2}, "labels or targets, not both"),
        ("targets", {"names": []}, "at least 1"),
        ("targets", {"names": ["a", "a"]}, "names: each must be different"),
        ("targets", {"names": ["a"], "units": ["m", "s"]}, "units: 2 given, 1 names"),
        (
            "targets",
            {"names": ["a"], "normalise": {"subtract": [1, 2]}},
            r"normalise\.subtract: 2 given",
        ),
        ("features", {"shape": [2], "names": ["a"]}, "names: 1 given, the shape begins with 2"),
        ("features", {"shape": [2], "names": ["a", "a"]}, "names: each must be different"),
        ("features", {"shape": [2, 9], "units": ["m"] * 9}, "units: 9 given"),
        ("features", {"shape": [2], "dtype": "int64"}, "vocabulary: needed for int64"),
        ("features", {"shape": [2], "vocabulary": 9}, "vocabulary: needed for int64"),
        (
            "features",
            {"shape": [2], "dtype": "int64", "vocabulary": 9, "normalise": {}},
            "tokens are not normalised",
        ),
        ("features", {"shape": [2], "normalise": {"divide": [0]}}, "greater than 0"),
        ("features", {"shape": [2], "normalise": {"subtract": ["NaN"]}}, "finite"),
        ("features", {"shape": [3, 2], "normalise": {"divide": [1, 2]}}, "1 or 3 needed"),
    ],
)
def test_a_schema_of_numbers_that_contradicts_itself_is_refused(
    part: str, value: object, problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        Schema.model_validate(NUMBERS | {part: value})


def test_tokens_cannot_be_reconstructed() -> None:
    features = {"shape": [80], "dtype": "int64", "vocabulary": 80}
    with pytest.raises(ValidationError, match="tokens cannot be reconstructed"):
        Schema.model_validate({"features": features})
