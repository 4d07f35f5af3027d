"""What an owner writes: paths relative to the file, every mistake named with its line."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from weftwork.config import Strict, load_yaml
from weftwork.errors import ConfigError
from weftwork.learning.data import Csv, Idx, LocalData, Source

SOURCE = TypeAdapter[Source](Source)
BY_GROUP = "{part: test, test_fraction: 0.1, by: group}"
DOWNLOAD = {"url": "https://example.org/a.gz", "sha256": "0" * 64}
SOURCES: list[dict[str, Any]] = [
    {"kind": "builtin", "name": "digits", "classes": [1, 2]},
    {"kind": "folder", "path": "/a"},
    {"kind": "csv", "path": "/a", "label": "y", "features": ["a"], "delimiter": ";"},
    {"kind": "csv", "path": "/a", "delimiter": ";", "decimal": ","},
    {"kind": "csv", "download": DOWNLOAD | {"bytes": 7}, "targets": ["b"]},
    {"kind": "parquet", "path": "/a", "divide_by": 2.5},
    {"kind": "windows", "path": "/a", "length": 3, "columns": ["a", "b"], "label_rule": "any"},
    {"kind": "npz", "path": "/a", "split": {"part": "test", "test_fraction": 0.2, "seed": 7}},
    {"kind": "idx", "images": "/a", "labels": "/b"},
    {"kind": "idx", "download": {"images": DOWNLOAD, "labels": DOWNLOAD}},
    {"kind": "leaf", "path": "/a", "users": ["état"]},
]


class Node(Strict):
    data: tuple[LocalData, ...]


@pytest.mark.parametrize("given", SOURCES, ids=lambda given: str(given["kind"]))
def test_a_source_survives_its_line(given: dict[str, Any]) -> None:
    source = SOURCE.validate_python(given)
    line = source.model_dump_json()
    assert "\n" not in line
    assert SOURCE.validate_json(line) == source


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "node.yaml"
    path.write_text(
        "data:\n"
        "  - {name: a, source: {kind: csv, path: a.csv}}\n"
        "  - {name: b, source: {kind: idx, images: b/images, labels: /labels}}\n"
    )
    table, images = (entry.source for entry in load_yaml(path, Node).data)
    assert isinstance(table, Csv)
    assert isinstance(images, Idx)
    assert table.file == tmp_path / "a.csv"
    assert (images.path, images.labels) == (tmp_path / "b" / "images", Path("/labels"))


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{kind: csv}", "path or download: one of them is needed"),
        ("{kind: idx}", "images or download: one of them is needed"),
        ("{kind: windows, path: a}", "length: missing"),
        ("{kind: windows, path: a, length: 0}", "length: must be greater than or equal to 1"),
        ("{kind: windows, path: a, length: 3, max_gap: 2}", "max_gap: name the column of times by"),
        ("{kind: windows, path: a, length: 3, max_gap: 0, time: t}", "must be greater than 0"),
        ("{kind: windows, path: a, length: 3, rule: any}", "rule: unknown key"),
        ("{kind: csv, path: a, decimal: ','}", "decimal: ',' is the delimiter, too; set that"),
        ("{kind: windows, path: a, length: 3, decimal: ','}", "decimal: ',' is the delimiter"),
        ("{kind: npz, path: a, split: {part: half, test_fraction: 0.1}}", "'train' or 'test'"),
        (
            f"{{kind: npz, path: a, split: {BY_GROUP}}}",
            "split.by: group is for windows, which name",
        ),
        (f"{{kind: windows, path: a, length: 3, split: {BY_GROUP}}}", "by: group is for windows"),
        ("{kind: npz, path: a, split: {part: test}}", "split.test_fraction: missing"),
        ("{kind: npz, download: {url: 'https://a.b/c'}}", "download.sha256: missing"),
        ("{kind: folder, download: {url: 'https://a.b/c'}}", "source.download: unknown key"),
        ("{kind: hdf5, path: a}", "'windows', 'npz', 'idx', 'leaf', not 'hdf5'"),
    ],
)
def test_a_mistake_is_named_on_its_line(tmp_path: Path, source: str, problem: str) -> None:
    path = tmp_path / "node.yaml"
    path.write_text(f"data:\n  - name: a\n    source: {source}\n")
    with pytest.raises(ConfigError) as caught:
        load_yaml(path, Node)
    assert "line 3: " in str(caught.value)
    assert problem in str(caught.value)
