"""Whether a model can be trained as a task asks, found out before anything is spent on it.

It is built and takes a step on random samples, in training mode, as a training would: what a model
only does then (normalise by the batch, draw, go back through its operations) fails here and not in
every round. Nothing is of anybody's data, so that each error may be shown whole.
"""

from traceback import walk_tb

import torch
from torch import Tensor, nn

from weftwork.config import Precision
from weftwork.errors import EnvironmentFaultError, WeftworkError
from weftwork.learning.data import Objective, Schema
from weftwork.learning.engine import GradientEngine, keeping_statistics
from weftwork.learning.errors import ModelError, UnsupportedLayerError, first_line
from weftwork.learning.models import ModelSpec, build
from weftwork.learning.models.rehearsal import check_outputs
from weftwork.learning.objective import LOSSES
from weftwork.learning.physical import ran_out_of_memory
from weftwork.learning.precision import rounded
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.training.determinism import deterministic

__all__ = ["require_trainable"]

# Samples of the batch that a model is tried with.
SAMPLES = 4
# What torch says of an operation that it has no deterministic kernel for.
NO_KERNEL = " does not have a deterministic implementation"


def require_trainable(
    spec: ModelSpec,
    schema: Schema,
    mode: Mode,
    *,
    fallback: bool = False,
    single: bool = False,
    device: str = "cpu",
    precision: Precision = "float32",
) -> None:
    """Raise `ModelError`, naming the layer, for a model that cannot be trained in `mode`.

    With `fallback`, layers that the private engine has no rule for are no error. `single`: a batch
    of one sample will come, too. An `UnsupportedLayerError` is for what privacy stands against, an
    `EnvironmentFaultError` for a machine without the memory to try it.
    """
    try:
        with deterministic(1):
            model = build(spec).to(device).train()
            _require_private(model, schema, mode, device, fallback=fallback)
            for samples in (SAMPLES, 1) if single else (SAMPLES,):
                _require_plain(spec, model, schema, samples, device, precision)
    except (RuntimeError, MemoryError) as error:
        if not ran_out_of_memory(error):
            raise
        raise EnvironmentFaultError(
            f"out of memory while model {spec.name} was tried; free some, or add more"
        ) from error


def _require_private(
    model: nn.Module, schema: Schema, mode: Mode, device: str, *, fallback: bool
) -> None:
    if mode == "client-level" and (found := keeping_statistics(model)):
        raise UnsupportedLayerError("the model cannot be trained at client level:", tuple(found))
    if mode not in ("ddp-sgd", "ddp-sgd-paper"):
        return
    engine = GradientEngine(model, LOSSES[schema.objective], fallback=fallback)
    x, y = _random_batch(schema, SAMPLES, device)
    try:
        engine.clipped(x, y, 1.0)
    except WeftworkError:
        raise
    except Exception as error:  # a model's own code: it may raise anything
        if _of_the_machine(error):
            raise
        raise UnsupportedLayerError(
            f"the model cannot be trained privately: {_words(error)}"
        ) from error


def _require_plain(
    spec: ModelSpec,
    model: nn.Module,
    schema: Schema,
    samples: int,
    device: str,
    precision: Precision,
) -> None:
    try:
        _step(model, schema, samples, device, precision)
    except Exception as error:  # as above
        if _of_the_machine(error):
            raise
        what, remedy = f"model {spec.name} v{spec.version} cannot be trained", ""
        if samples == 1:  # with more it could
            what += " on a batch of one sample, which this batch_size leaves"
            remedy = "; use another batch_size, or layers that keep samples apart (GroupNorm)"
        raise ModelError(f"{what}: {_layer(model, error)}{_words(error)}{remedy}") from error


def _step(
    model: nn.Module, schema: Schema, samples: int, device: str, precision: Precision
) -> None:
    x, y = _random_batch(schema, samples, device)
    output = rounded(model, precision)(x)
    check_outputs(output, schema, samples)
    loss = LOSSES[schema.objective](output, y).mean()
    weights = [one for one in model.parameters() if one.requires_grad]
    if not weights or not loss.requires_grad:
        raise ModelError("its outputs depend on no parameter that could be trained")
    torch.autograd.grad(loss, weights, materialize_grads=True)


def _layer(model: nn.Module, error: Exception) -> str:
    """The innermost layer that was called when `error` was raised; empty for the model itself."""
    called, names = "", {id(layer): name for name, layer in model.named_modules()}
    for frame, _ in walk_tb(error.__traceback__):
        layer = frame.f_locals.get("self")
        if name := names.get(id(layer)):
            called = f"layer {name} ({type(layer).__name__}): "
    return called


def _of_the_machine(error: Exception) -> bool:
    """Whether another time, or elsewhere, it may work."""
    return ran_out_of_memory(error) or isinstance(error, torch.AcceleratorError)


def _words(error: Exception) -> str:
    said = first_line(error)
    if NO_KERNEL in said:
        said = f"{said.partition(NO_KERNEL)[0]}{NO_KERNEL}; use an operation that has one"
    return said


def _random_batch(schema: Schema, samples: int, device: str) -> tuple[Tensor, Tensor]:
    """Samples (n, *shape), and what is to be learnt of them, as the objective's loss takes it."""
    size = (samples, *schema.features.shape)
    vocabulary = schema.features.vocabulary
    x = (torch.randint(vocabulary, size) if vocabulary else torch.randn(size)).to(device)
    if schema.objective is Objective.RECONSTRUCTION:
        return x, x
    if schema.labels:
        return x, torch.randint(schema.labels.classes, (samples,)).to(device)
    return x, torch.randn(samples, *schema.outputs).to(device)
