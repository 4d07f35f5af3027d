"""What an owner chooses that changes results, and what is said of it."""

import pytest
from structlog.testing import capture_logs

from provider_node.trainer import Means
from provider_node.trainers import Trainers
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.training import Execution, Group

ALL = Means(processes=2, precision="bfloat16", compiled=True, physical_batch=32)


def test_the_default_changes_nothing() -> None:
    assert list(Means("cuda:1", threads=3).changes("none")) == []
    assert Means("cuda:1", threads=3).name == ""


def test_the_node_and_the_library_call_it_the_same() -> None:
    assert ALL.name == Execution(Group(0, 2), "bfloat16", compiled=True, physical_batch=32).name


@pytest.mark.parametrize(
    ("mode", "compiled"),
    [
        ("none", "kernels are fused"),
        ("client-level", "kernels are fused"),
        ("ddp-sgd", "not compiled"),
        ("ddp-sgd-paper", "not compiled"),
    ],
)
def test_each_option_says_what_it_changes(mode: Mode, compiled: str) -> None:
    processes, precision, compiling, parts = ALL.changes(mode)
    assert "another order" in processes
    assert "rounded to 8 bits" in precision
    assert compiled in compiling
    assert "32 samples at once" in parts


def test_it_is_said_once_a_task() -> None:
    trainers = Trainers(Means(precision="bfloat16"))
    with capture_logs() as lines:
        for task in ("a", "a", "b"):
            trainers.announce(task, "none")
    assert ["rounded to 8 bits" in line["change"] for line in lines] == [True, True]
