"""A network without its numbers, on torch's meta device: what it holds, and what it would give.

Shapes are computed as in earnest, but no memory is taken for a weight and nothing is multiplied.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from weftwork.learning.data.schema import Schema
from weftwork.learning.errors import ModelError, first_line
from weftwork.learning.models.definition import ModelParameters
from weftwork.learning.physical import ran_out_of_memory

SAMPLES = 2  # a batch, that the network must keep apart


def built(build: Callable[[Any], nn.Module], parameters: ModelParameters) -> nn.Module:
    """The network with weights of their shapes, without values; `ModelError` if it does not build.

    torch's random numbers are left as they were.
    """
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            network = build(parameters)
    except Exception as error:  # another package's code: it may raise anything
        raise _unbuildable(error) from error
    return _module(network).eval()


def in_earnest(build: Callable[[Any], nn.Module], parameters: ModelParameters) -> nn.Module:
    """The network with torch's default initial weights; `ModelError` if it does not build.

    Where memory does not suffice, which is no fault of the model's, torch's own error.
    """
    try:
        network = build(parameters)
    except Exception as error:  # as above
        if ran_out_of_memory(error):
            raise
        raise _unbuildable(error) from error
    return _module(network)


def numbers(network: nn.Module) -> int:
    """How many numbers travel: those of parameters and buffers."""
    return sum(tensor.numel() for tensor in network.state_dict().values())


def check(network: nn.Module, schema: Schema | None) -> None:
    """`ModelError` if it cannot be trained: on data of `schema`, if there is one."""
    for name, weight in chain(network.named_parameters(), network.named_buffers()):
        if weight.is_floating_point() and weight.dtype != torch.float32:
            dtype = str(weight.dtype).removeprefix("torch.")
            raise ModelError(f"the network's {name} is {dtype}; float32 is needed")
    if schema is not None:
        check_outputs(_outputs(network, schema), schema, SAMPLES)


def _unbuildable(error: Exception) -> ModelError:
    return ModelError(f"the network cannot be built: {type(error).__name__}: {first_line(error)}")


def _module(network: Any) -> nn.Module:
    if isinstance(network, nn.Module):
        return network
    raise ModelError(f"build gives a {type(network).__name__}, where a torch Module is needed")


def check_outputs(given: Any, schema: Schema, samples: int) -> None:
    """`ModelError` unless `given` is what a network has to say of so many samples of `schema`."""
    needed = (samples, *schema.outputs)
    if not isinstance(given, Tensor):
        raise ModelError(f"the network gives a {type(given).__name__}; a tensor is needed")
    if given.shape != needed:
        raise ModelError(
            f"the network gives shape {list(given.shape)} for {samples} samples; "
            f"for this schema {list(needed)} is needed"
        )


def _outputs(network: nn.Module, schema: Schema) -> Any:
    sample = list(schema.features.shape)
    dtype = torch.int64 if schema.features.dtype == "int64" else torch.float32
    try:
        with torch.no_grad():
            return network(torch.empty(SAMPLES, *sample, dtype=dtype, device="meta"))
    except Exception as error:  # as above
        raise ModelError(
            f"samples of shape {sample} do not go through the network: {first_line(error)}"
        ) from error
