"""What training puts on a device that has no numbers of 64 bits, as Apple's GPUs have none."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.unit.learning.examples import MLP, training
from weftwork.learning.arena import Arena
from weftwork.learning.models import build
from weftwork.learning.training import Participation
from weftwork.learning.training.local import _client


class NoDoubles(TorchDispatchMode):
    """Refuses what would be float64 on any device but the CPU."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch's

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in tree_leaves(result):
            if isinstance(one, Tensor) and one.device.type != "cpu":
                assert one.dtype != torch.float64, f"{func} makes float64 on {one.device}"
        return result


def test_the_check_finds_a_double() -> None:
    with NoDoubles(), pytest.raises(AssertionError, match="float64 on meta"):
        torch.tensor(1.0, dtype=torch.float64).to("meta")


@pytest.mark.parametrize(
    "strategy",
    [
        [{"name": "dlmu", "divergence": "own_drift"}, {"name": "logit-calibration"}],
        [{"name": "dlmu", "alpha": "first_divergence"}, {"name": "scaffold"}],
        [{"name": "dlmu"}, {"name": "feddyn"}, {"name": "fedrs"}],
    ],
    ids=lambda listed: "+".join(one["name"] for one in listed),
)
def test_numbers_that_are_remembered_stay_on_the_cpu(strategy: list[dict[str, Any]]) -> None:
    """`meta` stands in for a GPU."""
    with torch.device("meta"):
        arena = Arena(build(MLP))
    numbers = len(arena.vector)
    double, vector = torch.tensor(0.5, dtype=torch.float64), torch.zeros(numbers)
    memory = {
        "dlmu.w_last": vector,
        "dlmu.alpha": double,
        "dlmu.drift": double,
        "privacy.threshold": double,
        "scaffold.control": vector,
        "feddyn.gradient": vector,
    }
    given = Participation(round=2, memory=memory, server={"scaffold.control": vector})
    labels = torch.arange(10)
    with NoDoubles():
        client = _client(training(strategy=strategy), arena, given, labels)
        if strategy[0].get("divergence") == "own_drift":  # others measure, which `meta` cannot
            assert client.start(arena.vector).device == arena.vector.device
