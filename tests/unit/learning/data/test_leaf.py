"""LEAF's JSON: text by role, images by writer, and what is wrong with it."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import DataError
from weftwork.learning.data import Dataset, Leaf, Schema, load, members
from weftwork.learning.data.leaf import samples_by_user
from weftwork.learning.data.letters import ALPHABET, numbered, one_line, sequences

TEXT = Schema.model_validate(
    {
        "features": {"shape": [3], "dtype": "int64", "vocabulary": 80},
        "labels": {"classes": 80},
    }
)
IMAGES = Schema.model_validate({"features": {"shape": [1, 2, 2]}, "labels": {"classes": 3}})
NUMBERS = Schema.model_validate({"features": {"shape": [2]}, "targets": {"names": ["a", "b"]}})
ITSELF = Schema.model_validate({"features": {"shape": [2]}})

WRITERS = {
    "f1": {"x": [[0, 1, 2, 3], [4, 5, 6, 7]], "y": [0, 2]},
    "f2": {"x": [], "y": []},
    "f0": {"x": [[8, 9, 10, 11]], "y": [1]},
}


def write(path: Path, user_data: Any) -> Path:
    content = {"users": list(user_data), "num_samples": [1], "user_data": user_data}
    path.write_text(json.dumps(content))
    return path


def read(
    folder: Path, user_data: Any, schema: Schema = IMAGES, users: tuple[str, ...] | None = None
) -> Dataset:
    path = write(folder / "data.json", user_data)
    return load(Leaf(kind="leaf", path=path, users=users), schema)


def test_images_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    data = read(tmp_path, WRITERS)
    assert data.x.shape == (3, 1, 2, 2)
    assert data.x.ravel().tolist() == list(range(12))
    assert data.y.tolist() == [0, 2, 1]
    source = Leaf(kind="leaf", path=tmp_path / "data.json")
    assert samples_by_user(source, IMAGES) == {"f1": 2, "f0": 1}


def test_some_users(tmp_path: Path) -> None:
    assert read(tmp_path, WRITERS, users=("f0", "f2")).y.tolist() == [1]
    with pytest.raises(DataError, match=r"data\.json: has no user f3, f4") as caught:
        read(tmp_path, WRITERS, users=("f4", "f0", "f3"))
    assert caught.value.without_values.endswith("data.json: has no user ...")


def test_a_folder_of_files_some_compressed(tmp_path: Path) -> None:
    write(tmp_path / "b.json", {"f1": WRITERS["f1"]})
    packed = write(tmp_path / "x", {"f0": WRITERS["f0"]})
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(packed.read_bytes()))
    data = load(Leaf(kind="leaf", path=tmp_path), IMAGES)
    assert data.y.tolist() == [1, 0, 2]
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"holds no \.json"):
        load(Leaf(kind="leaf", path=tmp_path / "none"), IMAGES)


def test_characters_have_their_numbers_in_leafs_alphabet(tmp_path: Path) -> None:
    data = read(tmp_path, {"ROMEO": {"x": ["\n !", "wxy"], "y": ['"', "z"]}}, TEXT)
    assert data.x.tolist() == [[0, 1, 2], [75, 76, 77]]
    assert data.y.tolist() == [3, 78]
    assert data.x.dtype == np.int64


def test_the_alphabet_is_leafs() -> None:
    """github.com/TalwalkarLab/leaf, models/utils/language_utils.py."""
    assert (len(ALPHABET), len(set(ALPHABET))) == (80, 80)
    assert [ALPHABET.find(c) for c in "\n a}Z9"] == numbered("\n a}Z9").tolist()
    assert numbered("|\u20ac\U0001f600").tolist() == [-1, -1, -1]


def test_a_roles_whole_text_gives_every_sequence(tmp_path: Path) -> None:
    document = {"source": "LEAF", "users": {"ROMEO": {"play": "R & J", "text": "Ay\n  me!"}}}
    (tmp_path / "roles.json").write_text(json.dumps(document))
    data = load(Leaf(kind="leaf", path=tmp_path / "roles.json"), TEXT)
    found = ["".join(ALPHABET[i] for i in (*x, y)) for x, y in zip(data.x, data.y, strict=True)]
    assert found == ["Ay m", "y me", " me!"]


@given(st.text(ALPHABET, max_size=50), st.integers(1, 9))
def test_sequences_are_every_slice(text: str, length: int) -> None:
    line = one_line(text)
    x, y = sequences(numbered(line), length)
    expected = [line[i : i + length + 1] for i in range(len(line) - length)]
    assert ["".join(ALPHABET[i] for i in (*a, b)) for a, b in zip(x, y, strict=True)] == expected


def test_targets_are_numbers(tmp_path: Path) -> None:
    data = read(tmp_path, {"u": {"x": [[1, 2]], "y": [[0.5, -1]]}}, NUMBERS)
    assert data.y.tolist() == [[0.5, -1]]


def test_labels_may_be_missing_where_nothing_is_classified(tmp_path: Path) -> None:
    assert read(tmp_path, {"u": {"x": [[1, 2], [3, 4]]}}, ITSELF).y.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("users", "schema", "problem"),
    [
        ({"u": {"y": [1]}}, IMAGES, "user 1: has neither x nor text"),
        ({"u": 3}, IMAGES, "user 1: has neither"),
        ({"u": {"x": [[1] * 4]}}, IMAGES, "user 1: x and y must be lists of equal length"),
        ({"u": {"x": [[1] * 4], "y": []}}, IMAGES, "user 1: x and y must be lists"),
        (WRITERS | {"v": {"x": [[1]], "y": [1]}}, IMAGES, "user 4, sample 1: x has 1 numbers, 4"),
        ({"u": {"x": [[1] * 4, [1, 2, "s", 4]], "y": [1, 1]}}, IMAGES, "sample 2: x must be 4"),
        ({"u": {"x": [[1] * 4, [1, 2, [3], 4]], "y": [1, 1]}}, IMAGES, "sample 2: x must be 4"),
        (
            {"u": {"x": [[1] * 4, [1, None, 1, 1]], "y": [1, 1]}},
            IMAGES,
            r"user 1, sample 2, feature \[0, 0, 1\]: nan is no finite",
        ),
        ({"u": {"x": [[1] * 4], "y": [3]}}, IMAGES, "user 1, sample 1: y: '3' is not a class"),
        ({"u": {"x": [[1, 2]], "y": [[1]]}}, NUMBERS, "user 1, sample 1: y has 1 numbers, 2"),
        ({"u": {"x": ["abc"], "y": ["d"]}}, IMAGES, "holds text: .* vocabulary 80, and 80 classes"),
        ({"u": {"text": "abcd"}}, IMAGES, "holds text: "),
        ({"u": {"text": 7}}, TEXT, "text is no text"),
        ({"u": {"text": "abcd|"}}, TEXT, "user 1, character 5: '|' is not in LEAF's"),
        ({"u": {"x": ["abc", "abcd"], "y": ["d", "e"]}}, TEXT, "sample 2: 3 characters"),
        ({"u": {"x": ["abc", 3], "y": ["d", "e"]}}, TEXT, "sample 2: 3 characters"),
        ({"u": {"x": ["abc", "a#c"], "y": ["d", "e"]}}, TEXT, "sample 2, character 2: '#' is not"),
        ({"u": {"x": ["abc"], "y": ["é"]}}, TEXT, "sample 1, character 1: 'é' is not"),
        ({"u": {"text": "abc"}}, TEXT, "holds no sample"),
        ({}, TEXT, "holds no sample"),
    ],
)
def test_what_does_not_fit_says_where(
    tmp_path: Path, users: Any, schema: Schema, problem: str
) -> None:
    with pytest.raises(DataError, match=problem.replace("|", r"\|")):
        read(tmp_path, users, schema)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "no JSON that can be read, at character 1"),
        ("[1]", "no JSON that can be read, at character 1"),
        ('{"user_data": 3}', "at character 15"),
        ('{"user_data": {"u": {"x": [1', "no JSON that can be read, at character 21"),
        ('{"user_data": {"u" 3}}', "at character 20"),
        ('{"user_data": {7: 3}}', "no JSON that can be read"),
        ('{"user_data": {}', "no JSON that can be read"),
        ('{"users": ["u"]}', "has no user_data"),
        ("{}", "has no user_data"),
        ('{"users": ["\udc80"]}', "cannot be read as leaf"),
        pytest.param('{"users": ' + "[" * 100_000, "cannot be read as leaf", id="deep"),
    ],
)
def test_a_file_that_is_not_leafs(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "data.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=rf"data\.json: .*{problem}"):
        load(Leaf(kind="leaf", path=tmp_path / "data.json"), IMAGES)


def test_what_may_be_logged_shows_nothing_of_the_data(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, {"secret": {"x": ["abc"], "y": ["#"]}}, TEXT)
    assert caught.value.without_values.endswith(
        "user 1, sample 1, character 1: ... is not in LEAF's alphabet"
    )


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(), values, max_size=5),
    st.integers(1, 20),
    st.sampled_from([None, 1]),
)
def test_members_are_those_of_json_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any], block: int, indent: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "document.json"
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=False), "utf-8")
    with pytest.MonkeyPatch.context() as patch, path.open(encoding="utf-8", newline="") as file:
        patch.setattr(members, "BLOCK", block)
        walk = members.Members(file, "name")
        found = {key: walk.value() for key in walk.keys()}  # noqa: SIM118
    assert found == document
