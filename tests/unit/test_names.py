"""One rule for names, and it is the chaincode's."""

import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from weftwork.names import Name, did_you_mean, is_name

FIELDS = Path(__file__).parents[2] / "chaincode" / "document" / "fields.go"


@pytest.mark.parametrize("name", ["a", "0", "factory1", "pump-net", "a.b-c", "x" * 63])
def test_a_name(name: str) -> None:
    assert is_name(name)
    assert TypeAdapter(Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "A", "-a", ".a", "a_b", "a/b", "é", "a\n", "a\0", "x" * 64])
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(ValidationError, match="a-z, 0-9, dot and dash"):
        TypeAdapter(Name).validate_python(name)


@pytest.mark.parametrize(
    ("typed", "known", "said"),
    [
        ("factry1", ["factory1", "lyon"], "; did you mean factory1?"),
        ("digits", ["digits-1", "digits-2"], "; did you mean digits-1 or digits-2?"),
        ("d", ["d1", "d2", "d3", "d4"], "; did you mean d1 or d2 or d3?"),
        ("x", ["factory1"], ""),
        ("x", [], ""),
    ],
)
def test_what_comes_close_is_suggested(typed: str, known: list[str], said: str) -> None:
    assert did_you_mean(typed, known) == said


def test_the_chaincode_has_the_same_rule() -> None:
    (pattern,) = re.findall(r"namePattern\s+= regexp.MustCompile\(`\^(.*)\$`\)", FIELDS.read_text())
    for length in (1, 63, 64):
        for letter in map(chr, range(128)):
            for text in (letter * length, "a" + letter * (length - 1)):
                assert is_name(text) == bool(re.fullmatch(pattern, text)), text
