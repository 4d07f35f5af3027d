"""The bytes that digests on the ledger are of."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.canonical import canonical, digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_the_digest_is_of_canonical_json() -> None:
    # What printf '{"a":1,"b":["ä"]}' | sha256sum prints.
    expected = "9f4cf7a0f23182ad8e68d749e230499a25bb8bce4b9488911365f13993232d01"
    assert digest({"b": ["ä"], "a": 1}) == expected


def test_it_is_what_the_chaincode_writes() -> None:
    # The example of chaincode/document: TestCanonicalIsWhatPythonWrites.
    record = {
        "z": '<é\u2028"\\\n\t/>',
        "a": -5,
        "inner": {"b": [], "a": {}},
        "none": None,
        "yes": True,
        "list": ["x", "y"],
    }
    expected = (
        '{"a":-5,"inner":{"a":{},"b":[]},"list":["x","y"],"none":null,"yes":true,'
        '"z":"<é\u2028\\"\\\\\\n\\t/>"}'
    )
    assert canonical(record) == expected.encode()


@given(VALUES)
def test_it_is_a_fixed_point(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_what_is_no_json_has_no_form() -> None:
    with pytest.raises(TypeError):
        canonical({"a": object()})
