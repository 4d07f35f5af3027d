"""What a client's strategies remember between rounds: one private file, replaced whole.

A client that has lost its memory still takes part: it begins as in its first round.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors

from weftwork.files import write_private
from weftwork.learning.strategies import Memory

__all__ = ["Recalled", "recall", "remember"]


@dataclass(frozen=True)
class Recalled:
    """What there was: the memory, empty if there was none, and warnings for the log."""

    memory: Memory = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def remember(path: Path, memory: Memory) -> None:
    """Put the memory after a round on the disk, for its owner alone; or the file is as it was.

    Raises `EnvironmentFaultError` where it cannot be written.
    """
    tensors = {name: one.detach().cpu().contiguous() for name, one in memory.items()}
    write_private(path, to_safetensors(tensors))


def recall(path: Path | None, numbers: int) -> Recalled:
    """The memory in `path` of a model of so many trainable `numbers`; none where there is no file.

    What cannot be read, or is another model's, is no memory, and a warning says why.
    """
    if path is None or not path.exists():
        return Recalled()
    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call] # it has none
            memory = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        return _forgotten(path, str(error))
    for name, tensor in memory.items():
        if tensor.dim() and tensor.shape != (numbers,):
            return _forgotten(path, f"{name} has shape {list(tensor.shape)}, not [{numbers}]")
        if not bool(torch.isfinite(tensor).all()):
            return _forgotten(path, f"{name} holds a NaN or an infinity")
    return Recalled(memory)


def _forgotten(path: Path, why: str) -> Recalled:
    return Recalled(warnings=(f"{path}: the memory of the task is unusable and left out: {why}",))
