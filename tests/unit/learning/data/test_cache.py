"""Data sets that are kept prepared: in files that are whole, private, and up to date."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.unit.learning.examples import SCHEMA as DIGITS
from weftwork.errors import DataError, EnvironmentFaultError
from weftwork.learning.data import (
    Builtin,
    Csv,
    Dataset,
    Folder,
    Idx,
    Leaf,
    Npz,
    Schema,
    Source,
    Split,
    Windows,
    cache,
    csvfile,
    load,
    loading,
    npz,
    portions,
    windows,
)
from weftwork.learning.data.npyfile import GrowingArray
from weftwork.learning.data.readers import read

SCHEMA = Schema.model_validate({"features": {"shape": [2]}, "labels": {"classes": 3}})
OTHERS = [
    Schema.model_validate(
        {"features": {"shape": [2], "names": ["a", f"{i}"]}, "labels": {"classes": 3}}
    )
    for i in range(6)
]
X, Y = np.arange(100.0).reshape(50, 2), np.arange(50) % 3


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (portions, npz, cache):
        monkeypatch.setattr(module, "PORTION_BYTES", 100)
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", 200)
    monkeypatch.setattr(windows, "MAX_ROWS", 7)


def arrays(folder: Path, x: np.ndarray = X, y: np.ndarray = Y, **options: Any) -> Npz:
    np.savez(folder / "data.npz", x=x, y=y)
    return Npz(kind="npz", path=folder / "data.npz", **options)


def mapped(source: Source, schema: Schema, folder: Path) -> Dataset:
    return load(source, schema, folder / "cache", in_memory_bytes=0)


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "cache").glob("[!.]*"))


def unreadable(*_: object) -> Iterator[Dataset]:
    raise AssertionError("was read a second time")


def every_kind(folder: Path) -> dict[str, tuple[Source, Schema]]:
    """A source of each kind, of some 40 samples."""
    classes = {"labels": {"classes": 3}}
    flat = Schema.model_validate({"features": {"shape": [2]}} | classes)
    table = "a,b,t,y\n" + "".join(f"{i},{i / 2},{i},{i % 3}\n" for i in range(50))
    (folder / "t.csv").write_text(table)
    for i in range(40):
        path = folder / "images" / str(i % 3) / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((2, 3), i, np.uint8)).save(path)
    users = {f"u{i}": {"x": [[i, j] for j in range(9)], "y": [i % 3] * 9} for i in range(5)}
    (folder / "l.json").write_text(json.dumps({"user_data": users}))
    (folder / "i").write_bytes(b"\0\0\x08\x02\0\0\0\x28\0\0\0\x02" + bytes(range(80)))
    (folder / "k").write_bytes(b"\0\0\x08\x01\0\0\0\x28" + bytes(i % 3 for i in range(40)))
    image = Schema.model_validate({"features": {"shape": [2, 3]}} | classes)
    window = Schema.model_validate({"features": {"shape": [2, 5]}, "targets": {"names": ["y"]}})
    timed = Windows(kind="windows", path=folder / "t.csv", length=5, columns=("a", "b"), time="t")
    return {
        "npz": (arrays(folder), flat),
        "csv": (Csv(kind="csv", path=folder / "t.csv", label="y", features=("a", "b")), flat),
        "windows": (timed, window),
        "folder": (Folder(kind="folder", path=folder / "images"), image),
        "leaf": (Leaf(kind="leaf", path=folder / "l.json"), flat),
        "idx": (Idx(kind="idx", images=folder / "i", labels=folder / "k"), flat),
    }


@pytest.mark.parametrize("kind", ["npz", "csv", "windows", "folder", "leaf", "idx"])
@pytest.mark.parametrize("split", [None, Split(part="train", test_fraction=0.3)])
def test_mapped_is_what_would_be_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, split: Split | None
) -> None:
    source, schema = every_kind(tmp_path)[kind]
    source = source.model_copy(update={"split": split})
    expected = load(source, schema)
    found = mapped(source, schema, tmp_path)
    monkeypatch.setattr(loading, "read", unreadable)
    for data in (found, mapped(source, schema, tmp_path)):
        assert isinstance(data.x, np.memmap)
        assert (data.x.dtype, data.y.dtype) == (expected.x.dtype, expected.y.dtype)
        assert np.array_equal(data.x, expected.x)
        assert np.array_equal(data.y, expected.y)
        assert not data.x.flags.writeable
        assert data.x[np.array([3, 1])].flags.writeable  # a batch is a copy
    assert len(entries(tmp_path)) == 1


@pytest.mark.parametrize("part", ["train", "test"])
def test_groups_are_known_to_what_is_mapped(tmp_path: Path, part: Any) -> None:
    rows = "".join(f"{i},{i // 2},m{i // 25},1\n" for i in range(50))
    (tmp_path / "t.csv").write_text("a,b,machine,y\n" + rows)
    features = {"shape": [2, 5], "names": ["a", "b"]}
    schema = Schema.model_validate({"features": features, "targets": {"names": ["y"]}})
    found = []
    for by in ("sample", "order", "group"):
        split = Split(part=part, test_fraction=0.4, by=by)
        given = {"length": 5, "stride": 1, "group": "machine", "split": split}
        source = Windows.model_validate({"kind": "windows", "path": tmp_path / "t.csv"} | given)
        found.append(mapped(source, schema, tmp_path).x)
        assert np.array_equal(found[-1], load(source, schema).x)
    assert len(entries(tmp_path)) == 3
    assert len({one.tobytes() for one in found}) == 3


def test_what_is_read_in_no_time_is_not_kept(tmp_path: Path) -> None:
    data = load(arrays(tmp_path), SCHEMA, tmp_path / "cache")
    assert not isinstance(data.x, np.memmap)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("kind", ["npz", "csv", "windows", "folder", "leaf", "idx"])
@pytest.mark.parametrize("split", [None, Split(part="test", test_fraction=0.3)])
def test_what_fits_into_memory_is_prepared_once_and_never_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, split: Split | None
) -> None:
    source, schema = every_kind(tmp_path)[kind]
    source = source.model_copy(update={"split": split})
    expected = load(source, schema)
    monkeypatch.setattr(loading, "KEPT_BYTES", 100)
    found = load(source, schema, tmp_path / "cache")
    monkeypatch.setattr(loading, "read", unreadable)
    for data in (found, load(source, schema, tmp_path / "cache")):
        assert type(data.x) is type(data.y) is np.ndarray  # so noise is keyed by what it holds
        assert data.x.flags.writeable
        assert (data.x.tobytes(), data.y.tobytes()) == (expected.x.tobytes(), expected.y.tobytes())
        assert (data.x.dtype, data.y.dtype) == (expected.x.dtype, expected.y.dtype)
    assert len(entries(tmp_path)) == 1


def test_a_builtin_set_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "KEPT_BYTES", 0)
    load(Builtin(kind="builtin", name="digits"), DIGITS, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_bound_is_of_samples_and_labels(tmp_path: Path) -> None:
    size = 50 * 2 * 4 + 50 * 8
    for bound, kind in ((size, np.ndarray), (size - 1, np.memmap)):
        data = load(arrays(tmp_path), SCHEMA, tmp_path / "cache", in_memory_bytes=bound)
        assert type(data.x) is kind


def test_a_file_that_changed_is_read_anew_and_its_old_entry_goes(tmp_path: Path) -> None:
    before = mapped(arrays(tmp_path), SCHEMA, tmp_path)
    (old,) = entries(tmp_path)
    after = mapped(arrays(tmp_path, X + 1), SCHEMA, tmp_path)
    (new,) = entries(tmp_path)
    assert old != new
    assert np.array_equal(after.x, X + 1)
    assert np.array_equal(before.x, X)  # who has it mapped keeps it


def test_each_schema_has_its_entry_up_to_a_bound(tmp_path: Path) -> None:
    source = arrays(tmp_path)
    for schema in OTHERS:
        mapped(source, schema, tmp_path)
    assert len(entries(tmp_path)) == cache.KEPT
    names = [entry.name.split("-")[1] for entry in entries(tmp_path)]
    assert sorted(names) == sorted(schema.digest[:16] for schema in OTHERS[-cache.KEPT :])


def test_what_nobody_used_for_a_month_goes(tmp_path: Path) -> None:
    mapped(arrays(tmp_path), SCHEMA, tmp_path)
    (gone,) = entries(tmp_path)
    os.utime(gone, (0, 0))
    (tmp_path / "more").mkdir()
    mapped(arrays(tmp_path / "more"), SCHEMA, tmp_path)
    assert len(entries(tmp_path)) == 1
    assert not gone.exists()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        mapped(arrays(tmp_path), SCHEMA, tmp_path)
    finally:
        os.umask(before)
    folder = tmp_path / "cache"
    modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert set(modes.values()) == {0o700, 0o600}
    assert all((mode == 0o700) == path.is_dir() for path, mode in modes.items())


@pytest.mark.parametrize("left", ["x.npy", "y.npy", "truncated", "other shape"])
def test_what_is_not_whole_is_not_taken(tmp_path: Path, left: str) -> None:
    source = arrays(tmp_path)
    mapped(source, SCHEMA, tmp_path)
    (entry,) = entries(tmp_path)
    if left == "truncated":
        os.truncate(entry / "x.npy", 200)
    elif left == "other shape":
        np.save(entry / "x.npy", X)
    else:
        (entry / left).unlink()
    assert np.array_equal(mapped(source, SCHEMA, tmp_path).x, X)


def test_a_build_that_was_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    source = arrays(tmp_path)
    code = (
        "import os, sys; from pathlib import Path; sys.argv.pop(0)\n"
        "from weftwork.learning.data import *; from weftwork.learning.data import cache\n"
        "cache.sync_folder = lambda _: os.kill(os.getpid(), 9)\n"
        "load(Npz.model_validate_json(sys.argv[0]), Schema.model_validate_json(sys.argv[1]),"
        " Path(sys.argv[2]), in_memory_bytes=0)"
    )
    arguments = [source.model_dump_json(), SCHEMA.model_dump_json(), str(tmp_path / "cache")]
    process = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
    assert process.returncode == -9
    assert len(list((tmp_path / "cache").glob(".*/"))) == 1  # whole, but not in its place
    assert entries(tmp_path) == []
    assert np.array_equal(mapped(source, SCHEMA, tmp_path).x, X)
    assert list((tmp_path / "cache").glob(".*/")) == []


@pytest.mark.parametrize(("row", "value"), [(0, np.nan), (49, np.inf)])
def test_rows_are_counted_through_all_portions(tmp_path: Path, row: int, value: float) -> None:
    x = X.copy()
    x[row, 1] = value
    with pytest.raises(DataError, match=rf"data\.npz: row {row + 1}, feature \[1\]: {value}"):
        mapped(arrays(tmp_path, x), SCHEMA, tmp_path)
    assert list((tmp_path / "cache").glob(".*/")) == []
    assert entries(tmp_path) == []


def test_a_source_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = arrays(tmp_path)

    def slowly(*of: Any) -> Iterator[Dataset]:
        yield from read(*of)
        os.utime(source.file, (0, 0))

    monkeypatch.setattr(loading, "read", slowly)
    with pytest.raises(DataError, match=r"data\.npz: changed while it was read; try again"):
        mapped(source, SCHEMA, tmp_path)
    assert entries(tmp_path) == []


@pytest.mark.parametrize("in_memory_bytes", [0, 1 << 20])
def test_a_full_disk_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory_bytes: int
) -> None:
    monkeypatch.setattr(loading, "KEPT_BYTES", 0)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(GrowingArray, "append", full)
    with pytest.raises(EnvironmentFaultError, match="No space left on device"):
        load(arrays(tmp_path), SCHEMA, tmp_path / "cache", in_memory_bytes=in_memory_bytes)
    assert list((tmp_path / "cache").glob(".*/")) == []


def test_a_part_without_a_sample_leaves_nothing(tmp_path: Path) -> None:
    source = arrays(tmp_path, split=Split(part="test", test_fraction=0.001))
    with pytest.raises(DataError, match="of 50 samples the test part has none"):
        mapped(source, SCHEMA, tmp_path)
    assert list((tmp_path / "cache").glob(".*/")) == []


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        mapped(Npz(kind="npz", path=tmp_path / "gone"), SCHEMA, tmp_path)


MEASURE = """
import sys
from pathlib import Path
from pydantic import TypeAdapter
from weftwork.learning.data import Schema, Source, load
from weftwork.learning.data import images, leaf, npz, windows

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

source = TypeAdapter(Source).validate_json(sys.argv[1])
schema = Schema.model_validate_json(sys.argv[2])
before = peak()
data = load(source, schema, Path(sys.argv[3]), in_memory_bytes=16 << 20)
print(data.x.nbytes >> 20, (peak() - before) >> 10)
"""


def large_table(folder: Path) -> tuple[dict[str, object], dict[str, object]]:
    """200 MB of text."""
    block = ("0.1234567," * 40 + "1\n") * 5000
    with (folder / "t.csv").open("w") as file:
        file.write(",".join(f"c{i}" for i in range(40)) + ",y\n")
        for _ in range(100):
            file.write(block)
    return {"kind": "csv", "path": str(folder / "t.csv"), "label": "y"}, {"shape": [40]}


def large_archive(folder: Path) -> tuple[dict[str, object], dict[str, object]]:
    """200 MB of numbers."""
    np.savez(folder / "a.npz", x=np.ones((500_000, 100), np.float32), y=np.zeros(500_000, int))
    return {"kind": "npz", "path": str(folder / "a.npz")}, {"shape": [100]}


def large_windows(folder: Path) -> tuple[dict[str, object], dict[str, object]]:
    """2 MB of text, 250 MB of windows that overlap."""
    (folder / "w.csv").write_text("a,b,y\n" + "1.5,2.5,1\n" * 250_000)
    source = {"kind": "windows", "path": str(folder / "w.csv"), "label": "y", "length": 128}
    source |= {"stride": 1}
    return source, {"shape": [2, 128]}


@pytest.mark.parametrize("large", [large_table, large_archive, large_windows])
def test_memory_stays_small_however_large_the_data(tmp_path: Path, large: Any) -> None:
    source, features = large(tmp_path)
    schema = Schema.model_validate({"features": features, "labels": {"classes": 2}})
    arguments = [json.dumps(source), schema.model_dump_json(), str(tmp_path / "cache")]
    output = subprocess.check_output([sys.executable, "-c", MEASURE, *arguments], text=True)
    data, memory = (int(number) for number in output.split())
    assert data > 75
    assert memory < 150
