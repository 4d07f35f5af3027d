"""Which device trains, on machines that have it and on others."""

import pytest
import torch

from weftwork.errors import EnvironmentFaultError
from weftwork.learning.device import devices, resolve

NO_GPU = not torch.cuda.is_available() and not torch.backends.mps.is_available()


def test_the_cpu_is_always_there() -> None:
    assert resolve("cpu") == "cpu"


@pytest.mark.skipif(not NO_GPU, reason="this machine has a GPU")
@pytest.mark.parametrize("name", ["cuda", "cuda:7", "mps"])
def test_a_gpu_that_is_absent_is_said_with_what_would_be_right(name: str) -> None:
    assert resolve("auto") == "cpu"
    with pytest.raises(EnvironmentFaultError, match=f"device {name}: .*set device: cpu or auto"):
        resolve(name)


def test_the_processes_of_a_cpu_share_it() -> None:
    assert devices("cpu", 3) == ["cpu"] * 3


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)


@pytest.mark.usefixtures("three_gpus")
@pytest.mark.parametrize(
    ("name", "processes", "found"),
    [
        ("cuda", 1, ["cuda"]),
        ("cuda", 2, ["cuda:0", "cuda:1"]),
        ("cuda:1", 2, ["cuda:1", "cuda:2"]),
        ("auto", 3, ["cuda:0", "cuda:1", "cuda:2"]),
    ],
)
def test_each_process_has_a_gpu_from_the_named_one_on(
    name: str, processes: int, found: list[str]
) -> None:
    assert devices(name, processes) == found


@pytest.mark.usefixtures("three_gpus")
@pytest.mark.parametrize(("name", "enough"), [("cuda", 3), ("auto", 3), ("cuda:2", 1)])
def test_more_processes_than_gpus(name: str, enough: int) -> None:
    with pytest.raises(EnvironmentFaultError, match=f"has 3 usable GPUs; set processes: {enough}"):
        devices(name, 4)


def test_there_is_one_apple_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices("mps", 1) == ["mps"]
    with pytest.raises(EnvironmentFaultError, match="one Apple GPU; set processes: 1"):
        devices("mps", 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
def test_auto_is_the_first_gpu() -> None:
    assert resolve("auto") == "cuda:0"
    with pytest.raises(EnvironmentFaultError, match="usable GPUs"):
        resolve("cuda:99")
