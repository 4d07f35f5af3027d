"""Which device trains, on machines that have it and on others."""

import pytest
import torch

from weftwork.errors import EnvironmentFaultError
from weftwork.learning.device import resolve

NO_GPU = not torch.cuda.is_available() and not torch.backends.mps.is_available()


def test_the_cpu_is_always_there() -> None:
    assert resolve("cpu") == "cpu"


@pytest.mark.skipif(not NO_GPU, reason="this machine has a GPU")
@pytest.mark.parametrize("name", ["cuda", "cuda:7", "mps"])
def test_a_gpu_that_is_absent_is_said_with_what_would_be_right(name: str) -> None:
    assert resolve("auto") == "cpu"
    with pytest.raises(EnvironmentFaultError, match=f"device {name}: .*set device: cpu or auto"):
        resolve(name)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
def test_auto_is_the_first_gpu() -> None:
    assert resolve("auto") == "cuda:0"
    with pytest.raises(EnvironmentFaultError, match="usable GPUs"):
        resolve("cuda:99")
