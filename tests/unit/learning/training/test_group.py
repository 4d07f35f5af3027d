"""Two real processes, over gloo, do what one does: one noise, one threshold, one result."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.unit.learning.training import members
from tests.unit.learning.training.members import CASES
from weftwork.learning.training import Group
from weftwork.learning.training.group import ALONE

pytestmark = pytest.mark.xdist_group("together")  # the two processes are started once

SIZE = 2
SAME = [name for name in CASES if name not in {"dropout", "resumed", "disagreeing"}]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where two processes have left their results."""
    folder = tmp_path_factory.mktemp("together")
    environment = os.environ | {"PYTHONPATH": str(Path.cwd()), "GLOO_SOCKET_IFNAME": "lo"}
    started = [
        subprocess.Popen(
            [sys.executable, members.__file__, str(rank), str(SIZE), str(folder)],
            env=environment,
        )
        for rank in range(SIZE)
    ]
    assert [process.wait(100) for process in started] == [0] * SIZE
    return folder


def results(folder: Path, case: str) -> list[dict[str, Tensor]]:
    return [load_file(folder / f"{case}-{rank}.safetensors") for rank in range(SIZE)]


@pytest.mark.parametrize("case", SAME)
def test_two_do_what_one_does(together: Path, tmp_path: Path, case: str) -> None:
    """Noise that were added twice, or cancelled, would be far beyond what rounding does."""
    alone = CASES[case](ALONE, tmp_path)
    for member in results(together, case):
        off = (member["weights"] - alone["weights"]).norm() / alone["weights"].norm()
        assert float(off) < 1e-6
        torch.testing.assert_close(member["threshold"], alone["threshold"], rtol=1e-5, atol=0)
        torch.testing.assert_close(member["loss"], alone["loss"], rtol=1e-5, atol=2)


@pytest.mark.parametrize("case", SAME)
def test_all_end_with_the_same_bits(together: Path, case: str) -> None:
    one, other = results(together, case)
    assert torch.equal(one["weights"], other["weights"])
    assert torch.equal(one["threshold"], other["threshold"])


def test_dropout_does_not_treat_all_shares_alike(together: Path) -> None:
    one, other = results(together, "dropout")
    assert not torch.equal(one["first"], other["first"])
    assert torch.equal(one["weights"], other["weights"])


@pytest.mark.parametrize("mode", ["plain", "private"])
def test_an_interrupted_training_ends_with_its_bits(together: Path, mode: str) -> None:
    for member in results(together, "resumed"):
        assert torch.equal(member[mode], member[f"{mode} whole"])


def test_other_data_is_noticed_before_the_first_step(together: Path) -> None:
    for member in results(together, "disagreeing"):
        assert b"do not begin with the same" in bytes(member["said"].tolist())


@pytest.mark.parametrize("rows", [0, 1, 2, 7])
def test_the_shares_of_a_batch_are_the_batch(rows: int) -> None:
    batch = torch.randperm(rows)
    shares = [Group(rank, 3).share(batch) for rank in range(3)]
    assert sorted(torch.cat(shares).tolist()) == sorted(batch.tolist())
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_member_that_is_gone_is_missed(together: Path) -> None:
    said = (together / "lost").read_text()
    assert "have lost each other" in said
    assert "set processes: 1" in said
