"""Whether a model can be trained privately, found out before anything is spent on it."""

import torch
from torch import Tensor, nn

from weftwork.errors import WeftworkError
from weftwork.learning.data import Objective, Schema
from weftwork.learning.engine import GradientEngine, keeping_statistics
from weftwork.learning.errors import UnsupportedLayerError, first_line
from weftwork.learning.models import ModelSpec, build
from weftwork.learning.objective import LOSSES
from weftwork.learning.privacy.parameters import Mode

__all__ = ["require_private"]

# Samples of the batch that a model is tried with.
SAMPLES = 4


def require_private(spec: ModelSpec, schema: Schema, mode: Mode, *, fallback: bool = False) -> None:
    """Raise `UnsupportedLayerError`, naming each layer, for a model that `mode` cannot train.

    By a step on random samples of the schema. With `fallback`, layers that the engine has no rule
    for are no error.
    """
    if mode == "none":
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = build(spec)
        if mode != "client-level":
            _step(model, schema, fallback=fallback)
        elif found := keeping_statistics(model):
            raise UnsupportedLayerError(
                "the model cannot be trained at client level:", tuple(found)
            )


def _step(model: nn.Module, schema: Schema, *, fallback: bool) -> None:
    engine = GradientEngine(model, LOSSES[schema.objective], fallback=fallback)
    x, y = _random_batch(schema)
    model.train()
    try:
        engine.clipped(x, y, 1.0)
    except WeftworkError:
        raise
    except Exception as error:  # a model's own code: it may raise anything
        raise UnsupportedLayerError(
            f"the model cannot be trained privately: {first_line(error)}"
        ) from error


def _random_batch(schema: Schema) -> tuple[Tensor, Tensor]:
    """Samples (n, *shape), and what is to be learnt of them, as the objective's loss takes it."""
    size = (SAMPLES, *schema.features.shape)
    vocabulary = schema.features.vocabulary
    x = torch.randint(vocabulary, size) if vocabulary else torch.randn(size)
    if schema.objective is Objective.RECONSTRUCTION:
        return x, x
    if schema.labels:
        return x, torch.randint(schema.labels.classes, (SAMPLES,))
    return x, torch.randn(SAMPLES, *schema.outputs)
