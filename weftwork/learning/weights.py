"""Weights in safetensors: read, written and drawn, never pickled."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from weftwork.learning.errors import WeightsError
from weftwork.learning.models import ModelSpec, build
from weftwork.learning.tensornames import is_models_own


def initialise(spec: ModelSpec, seed: int) -> bytes:
    """The initial weights of `spec`: the same bytes for the same seed, wherever torch is the same.

    torch's global generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return to_bytes(build(spec))


def to_bytes(model: nn.Module) -> bytes:
    """The model's parameters and buffers; equal values give equal bytes (tensors are sorted)."""
    return save({name: tensor.contiguous() for name, tensor in model.state_dict().items()})


def load_model(spec: ModelSpec, path: Path, device: str = "cpu") -> nn.Module:
    """The network of `spec` with the weights in `path`; `WeightsError` if they do not fit it.

    What strategies keep beside a model's own tensors is left out.
    """
    model = build(spec)
    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call] # it has none
            own = [name for name in file.keys() if is_models_own(name)]  # noqa: SIM118
            tensors = {name: file.get_tensor(name) for name in own}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: cannot be read as safetensors: {error}") from error
    wrong = _misfits(model, tensors)
    if wrong:
        raise WeightsError(
            f"{path}: not weights of {spec.name} v{spec.version}: {'; '.join(wrong)}"
        )
    model.load_state_dict(tensors)
    return model.to(device)


def _misfits(model: nn.Module, tensors: dict[str, torch.Tensor]) -> list[str]:
    """How `tensors` differ from the model's own, by name, shape and type."""
    own = model.state_dict()
    wrong = [f"{name} is missing" for name in sorted(own.keys() - tensors.keys())]
    wrong += [f"{name} is unknown" for name in sorted(tensors.keys() - own.keys())]
    for name in sorted(own.keys() & tensors.keys()):
        needed, found = _form(own[name]), _form(tensors[name])
        if needed != found:
            wrong.append(f"{name} is {found}, not {needed}")
    return wrong[:10]


def _form(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
