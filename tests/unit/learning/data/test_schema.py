"""The schema's digest is what sites agree by: it must not depend on how the schema was written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from weftwork.learning.data import Schema

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
