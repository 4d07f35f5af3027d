"""A client's memory survives a restart; a damaged one is left out, and nothing crashes."""

import stat
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from weftwork.errors import EnvironmentFaultError
from weftwork.learning.memory import Recalled, recall, remember

MEMORY = {
    "dlmu.w_last": torch.tensor([1.0, -2.0, 3.0]),
    "dlmu.alpha": torch.tensor(0.1, dtype=torch.float64),
}


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    path = tmp_path / "7.safetensors"
    remember(path, MEMORY)
    recalled = recall(path, 3)
    assert recalled.warnings == ()
    assert recalled.memory.keys() == MEMORY.keys()
    for name, tensor in MEMORY.items():
        assert recalled.memory[name].dtype is tensor.dtype
        assert torch.equal(recalled.memory[name], tensor)


def test_it_is_nobody_elses_to_read(tmp_path: Path) -> None:
    remember(tmp_path / "memory", MEMORY)
    assert stat.S_IMODE((tmp_path / "memory").stat().st_mode) == 0o600


def test_nothing_is_recalled_where_nothing_was_remembered(tmp_path: Path) -> None:
    assert recall(None, 3) == recall(tmp_path / "memory", 3) == Recalled()


def test_an_empty_memory_is_one(tmp_path: Path) -> None:
    remember(tmp_path / "memory", {})
    assert recall(tmp_path / "memory", 3) == Recalled()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        save({"a": torch.zeros(4)}),
        save({"a": torch.zeros(1, 3)}),
        save({"a": torch.tensor([0, torch.nan, 0])}),
    ],
)
def test_what_is_damaged_or_another_models_is_no_memory(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "memory"
    path.write_bytes(content)
    recalled = recall(path, 3)
    assert recalled.memory == {}
    [warning] = recalled.warnings
    assert warning.startswith(f"{path}: the memory of the task is unusable and left out: ")


def test_a_torn_file_is_no_memory_wherever_it_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    remember(path, MEMORY)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert recall(path, 3).warnings


def test_what_cannot_be_written_leaves_the_old_memory(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    remember(path, MEMORY)
    before = path.read_bytes()
    with pytest.raises(EnvironmentFaultError):
        remember(tmp_path / "absent" / "memory", MEMORY)
    assert path.read_bytes() == before
