"""Vectors of strategies as named tensors in files, and back (see `tensornames`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from weftwork.learning.aggregation import Layout
from weftwork.learning.arena import Arena
from weftwork.learning.errors import WeightsError
from weftwork.learning.models import ModelSpec, outline
from weftwork.learning.strategies import Composition
from weftwork.learning.tensornames import PROVIDER, is_models_own, state_name, upload_name

__all__ = ["layout_of", "server_state", "trainable_numbers", "update_to_bytes"]


def update_to_bytes(
    model: nn.Module, uploads: Mapping[str, Tensor], arena: Arena, provider: str
) -> bytes:
    """The model's parameters and buffers and the `uploads` (vectors of `arena`), as safetensors.

    It says whose update it is: nobody can submit it as its own. Equal values of one provider give
    equal bytes: tensors are sorted.
    """
    tensors = dict(model.state_dict())
    for upload, vector in uploads.items():
        tensors |= {upload_name(upload, name): part for name, part in arena.named(vector)}
    parts = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(parts, metadata={PROVIDER: provider})


def layout_of(spec: ModelSpec, composition: Composition) -> Layout:
    """What the files of a task hold beside the tensors of its model."""
    model = outline(spec)
    trainable = (name for name, one in model.named_parameters() if one.requires_grad)
    return Layout(frozenset(trainable), composition.uploads, composition.state)


def server_state(path: Path, model: nn.Module, names: Sequence[str]) -> dict[str, Tensor]:
    """The states `names` in the global model's file `path`, as vectors on the model's device.

    Before the first aggregate a file has none, and all are zeros. Raises `WeightsError` if the file
    cannot be read, or a state in it does not fit the model.
    """
    trainable = {name: one for name, one in model.named_parameters() if one.requires_grad}
    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call] # it has none
            if all(is_models_own(name) for name in file.keys()):  # noqa: SIM118
                zeros = [torch.zeros_like(one).reshape(-1) for one in trainable.values()]
                return {state: torch.cat(zeros) for state in names}
            return {state: _vector(file, state, trainable) for state in names}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: cannot be read as safetensors: {error}") from error


def _vector(file: Any, state: str, trainable: Mapping[str, Tensor]) -> Tensor:
    parts = []
    for name, weight in trainable.items():
        part: Tensor = file.get_tensor(state_name(state, name))
        if part.shape != weight.shape or part.dtype is not torch.float32:
            raise WeightsError(f"{state_name(state, name)} has not the form of {name}")
        parts.append(part.reshape(-1).to(weight.device))
    return torch.cat(parts)


def trainable_numbers(model: nn.Module) -> int:
    """The length of the model's vector."""
    return sum(one.numel() for one in model.parameters() if one.requires_grad)
