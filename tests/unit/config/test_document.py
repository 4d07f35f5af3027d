"""Every mistake of a file is reported at once, on its line, in words that say what is right."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from weftwork.config import Strict, load_yaml, mistaken
from weftwork.config.mistakes import Location
from weftwork.errors import ConfigError


class Csv(Strict):
    kind: Literal["csv"]
    path: Path
    label: str = "label"


class Builtin(Strict):
    kind: Literal["builtin"]
    name: str


class Limits(Strict):
    low: int = Field(ge=1)
    high: int = Field(ge=1)


class Example(Strict):
    title: str
    limits: Limits
    sources: list[Csv | Builtin] = Field(default=[])
    source: Csv | Builtin | None = Field(None, discriminator="kind")
    roots: dict[str, Path] = Field(default={})
    folders: list[Path] = Field(default=[])


def problems(tmp_path: Path, text: str, **options: Any) -> tuple[str, ...]:
    path = tmp_path / "example.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_yaml(path, Example, **options)
    assert str(caught.value).startswith(str(path))
    return caught.value.problems


def test_a_relative_path_is_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text("title: t\nlimits: {low: 1, high: 2}\nsource: {kind: csv, path: data/a.csv}\n")
    source = load_yaml(path, Example).source
    assert isinstance(source, Csv)
    assert source.path == tmp_path / "data/a.csv"


def test_relative_paths_inside_lists_and_mappings(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(
        "title: t\nlimits: {low: 1, high: 2}\nroots: {a: a.pem, b: /b.pem}\nfolders: [x, ~/y]\n"
    )
    example = load_yaml(path, Example)
    assert example.roots == {"a": tmp_path / "a.pem", "b": Path("/b.pem")}
    assert example.folders == [tmp_path / "x", Path("~/y").expanduser()]


def test_every_mistake_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "titel: x\nlimits:\n  low: 0\n  high: many\n  hihg: 3\n"
    assert problems(tmp_path, text) == (
        "line 1: titel: unknown key; did you mean 'title'?",
        "line 1: title: missing",
        "line 3: limits.low: must be greater than or equal to 1 (got 0)",
        "line 4: limits.high: must be a whole number (got 'many')",
        "line 5: limits.hihg: unknown key; did you mean 'high'?",
    )


def test_the_tag_of_a_union_is_no_key_of_the_file(tmp_path: Path) -> None:
    text = "title: t\nlimits: {low: 1, high: 2}\nsource:\n  kind: csv\n  path: a\n  labbel: y\n"
    assert problems(tmp_path, text) == (
        "line 6: source.labbel: unknown key; did you mean 'label'?",
    )


def test_an_unknown_tag_names_the_known_ones(tmp_path: Path) -> None:
    text = "title: t\nlimits: {low: 1, high: 2}\nsource:\n  kind: tsv\n"
    (only,) = problems(tmp_path, text)
    assert only == "line 3: source: 'kind' must be one of 'csv', 'builtin', not 'tsv'"


def test_a_section_that_is_no_mapping(tmp_path: Path) -> None:
    assert problems(tmp_path, "title: t\nlimits: 3\n") == (
        "line 2: limits: must be keys and values (got 3)",
    )


def test_a_key_given_twice_is_a_mistake(tmp_path: Path) -> None:
    text = "title: t\nlimits:\n  low: 1\n  high: 2\n  low: 2\n"
    assert problems(tmp_path, text) == (
        "line 5: limits.low: given a second time (first on line 3)",
    )


def test_a_key_given_twice_inside_a_list(tmp_path: Path) -> None:
    text = "title: t\nlimits: {low: 1, high: 2}\nsources:\n- {kind: builtin, name: a, name: b}\n"
    assert problems(tmp_path, text) == (
        "line 4: sources.0.name: given a second time (first on line 4)",
    )


def contradiction(data: dict[str, Any], base: Path) -> Iterator[tuple[Location, str]]:
    limits = data.get("limits", {})
    if limits.get("low", 0) > limits.get("high", 0):
        yield ("limits", "high"), f"must be at least low, {limits['low']}"


def test_a_check_speaks_beside_the_types(tmp_path: Path) -> None:
    text = "title: 3\nlimits:\n  low: 5\n  high: 2\n"
    assert problems(tmp_path, text, check=contradiction) == (
        "line 1: title: must be text (got 3)",
        "line 4: limits.high: must be at least low, 5",
    )


def test_a_check_alone_refuses_the_file(tmp_path: Path) -> None:
    text = "title: t\nlimits:\n  low: 5\n  high: 2\n"
    assert len(problems(tmp_path, text, check=contradiction)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1,\n", "cannot be read as YAML"),
        ("- a\n", "expected keys and values"),
        ("", "expected keys and values"),
        ("a: " + "x" * (1 << 20), "larger than"),
    ],
    ids=["syntax", "list", "empty", "huge"],
)
def test_what_is_no_document(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_yaml(path, Example)


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "title: t\nlimits: {low: 1\nx: y\n")[0].startswith("line 3, column")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_yaml(tmp_path / "nothing.yaml", Example)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('!!int "abc"', "'abc' is no whole number"),
        ('!!int ""', "'' is no whole number"),
        ("!!float many", "'many' is no number"),
        ("!!bool perhaps", "'perhaps' is no true or false"),
        ("9" * 5000, f"'{'9' * 40}...' is no whole number"),
        ("0x" + "f" * 5000, f"'0x{'f' * 38}...' has too many digits"),
        ("&a [*a]", "*a is an alias: write the value itself"),
        ("[" * 5000, "nested more than 15 deep"),
        ("!!binary aGVsbG8=", "no value here has the tag tag:yaml.org,2002:binary"),
        ("!!python/object:os.system x", "no value here has the tag"),
        ("{!!merge k: {a: 1}}", "a merge key: write the keys themselves"),
        ('"\\ud800"', "is no text"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_value_that_cannot_be_made_is_a_mistake_on_its_line(
    tmp_path: Path, value: str, said: str
) -> None:
    (only,) = problems(tmp_path, f"limits: {{low: 1, high: 2}}\ntitle: {value}\n")
    assert only.startswith("line 2")
    assert said in only


def test_a_character_that_yaml_does_not_have_is_named_on_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "title: t\nlimits: {low: 1, \x1b: 2}\n") == (
        "line 2: the character #x001b is not allowed",
    )


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2024-02-03", "2001-12-14 21:59:43.10 -5", "<<", "=", "010", "1:30"]
)
def test_a_date_or_a_code_is_text_as_it_was_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(f"title: {text}\nlimits: {{low: 1, high: 2}}\n")
    assert load_yaml(path, Example).title == text


def test_what_is_found_wrong_later_names_the_line_too(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text("title: t\nlimits:\n  low: 1\n  high: 2\n")
    assert str(mistaken(path, ("limits", "high"), "nobody has so many")).splitlines() == [
        f"{path}: 1 mistake",
        "  line 4: limits.high: nobody has so many",
    ]
