"""Which device trains."""

import torch

from weftwork.errors import EnvironmentFaultError


def resolve(name: str) -> str:
    """`auto` is the first GPU, else the CPU; a GPU that is absent: `EnvironmentFaultError`."""
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        index = torch.device(name).index or 0
        if index >= count:
            raise EnvironmentFaultError(
                f"device {name}: this machine has {count} usable GPUs; set device: cpu or auto"
            )
    return name
