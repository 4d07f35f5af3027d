"""Which device trains, or which devices."""

import torch

from weftwork.errors import EnvironmentFaultError


def resolve(name: str) -> str:
    """`auto` is the first GPU (NVIDIA's, or Apple's), else the CPU.

    Raises `EnvironmentFaultError` for a GPU that this machine has not.
    """
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "mps" if _has_mps() else "cpu"
    if name == "mps" and not _has_mps():
        raise EnvironmentFaultError(
            "device mps: this machine has no usable Apple GPU; set device: cpu or auto"
        )
    if name.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        index = torch.device(name).index or 0
        if index >= count:
            raise EnvironmentFaultError(
                f"device {name}: this machine has {count} usable GPUs; set device: cpu or auto"
            )
    return name


def devices(name: str, processes: int) -> list[str]:
    """The device of each process: the CPU for all, or one GPU each, from the named one on.

    Raises `EnvironmentFaultError` for more than this machine has.
    """
    first = resolve(name)
    if processes == 1 or first == "cpu":
        return [first] * processes
    if first == "mps":
        raise EnvironmentFaultError("device mps: there is one Apple GPU; set processes: 1")
    index, count = torch.device(first).index or 0, torch.cuda.device_count()
    if index + processes > count:
        raise EnvironmentFaultError(
            f"device {name}: {processes} processes need a GPU each, from cuda:{index} on;"
            f" this machine has {count} usable GPUs; set processes: {count - index}"
        )
    return [f"cuda:{index + rank}" for rank in range(processes)]


def _has_mps() -> bool:
    return torch.backends.mps.is_available()
