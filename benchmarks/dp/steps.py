"""One step of training by each method: the same clipping, noise and learning rate for all.

A step is everything between two batches: gradients, clipping, noise, and the new weights. Threshold
and noise multiplier are 1, the learning rate is 0.01, without momentum; batches have a fixed size.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy

from benchmarks.dp.tasks import Task
from weftwork.learning.arena import Arena
from weftwork.learning.engine import GradientEngine
from weftwork.learning.privacy.noise import TorchNoise

__all__ = ["METHODS", "Training"]

RATE, THRESHOLD, NOISE = 0.01, 1.0, 1.0


@dataclass(frozen=True)
class Training:
    """One more step of training changes `weights`, in the order of the model's parameters."""

    step: Callable[[], None]
    weights: Iterable[Tensor]


def _losses(output: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(output, y, reduction="none")


def _plain(task: Task, x: Tensor, y: Tensor) -> Training:
    """Plain SGD, as anyone writes it."""
    model = task.network().to(x.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call] # it has none
        optimizer.step()

    return Training(step, list(model.parameters()))


def _ours(task: Task, x: Tensor, y: Tensor) -> Training:
    model = task.network().to(x.device)
    arena, engine = Arena(model), GradientEngine(model, _losses)
    noise = TorchNoise(b"benchmark", x.device)

    def step() -> None:
        gradient = engine.clipped(x, y, THRESHOLD).gradient
        gradient.add_(noise.normal(len(gradient)), alpha=THRESHOLD * NOISE)
        arena.vector.sub_(gradient, alpha=RATE / len(x))

    return Training(step, arena.parameters)


def _vmap(task: Task, x: Tensor, y: Tensor) -> Training:
    """`torch.func`, as its documentation computes per-sample gradients."""
    model = task.network().to(x.device)
    weights = {name: one.detach() for name, one in model.named_parameters()}

    def loss(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(functional_call(model, weights, (x[None],)), y[None])

    gradients = vmap(grad(loss), in_dims=(None, 0, 0), randomness="different")

    def step() -> None:
        found: dict[str, Tensor] = gradients(weights, x, y)
        squares = torch.stack([one.flatten(1).norm(dim=1) for one in found.values()]).norm(dim=0)
        factors = (THRESHOLD / squares).clamp(max=1.0)
        for name, one in found.items():
            total = torch.einsum("n,n...->...", factors, one)
            total += torch.randn_like(total).mul_(THRESHOLD * NOISE)
            weights[name].sub_(total, alpha=RATE / len(x))

    return Training(step, weights.values())


def _opacus_model(task: Task, x: Tensor) -> nn.Module:
    """The model as Opacus needs it: its own LSTM in the place of torch's."""
    from opacus.validators import ModuleValidator

    fixed: nn.Module = ModuleValidator.fix(task.network())
    return fixed.to(x.device)


def _opacus_hooks(task: Task, x: Tensor, y: Tensor) -> Training:
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    model = GradSampleModule(_opacus_model(task, x))
    optimizer = DPOptimizer(
        torch.optim.SGD(model.parameters(), lr=RATE),
        noise_multiplier=NOISE, max_grad_norm=THRESHOLD, expected_batch_size=len(x),
    )  # fmt: skip

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call] # it has none
        optimizer.step()

    return Training(step, list(model.parameters()))


def _opacus_ghost(task: Task, x: Tensor, y: Tensor) -> Training:
    """Opacus's fast gradient clipping, with ghost clipping."""
    from opacus.grad_sample import GradSampleModuleFastGradientClipping
    from opacus.optimizers import DPOptimizerFastGradientClipping
    from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping

    model = GradSampleModuleFastGradientClipping(
        _opacus_model(task, x), max_grad_norm=THRESHOLD, use_ghost_clipping=True
    )
    optimizer = DPOptimizerFastGradientClipping(
        torch.optim.SGD(model.parameters(), lr=RATE),
        noise_multiplier=NOISE, max_grad_norm=THRESHOLD, expected_batch_size=len(x),
    )  # fmt: skip
    criterion: Any = DPLossFastGradientClipping(model, optimizer, nn.CrossEntropyLoss())

    def step() -> None:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return Training(step, list(model.parameters()))


METHODS: dict[str, Callable[[Task, Tensor, Tensor], Training]] = {
    "plain": _plain,
    "ours": _ours,
    "opacus_ghost": _opacus_ghost,
    "opacus_hooks": _opacus_hooks,
    "vmap": _vmap,
}
