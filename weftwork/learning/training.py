"""Local training by SGD with momentum (FedAvg's client; McMahan et al. 2017), and evaluation."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from weftwork.learning.data import Dataset
from weftwork.learning.errors import DivergedError
from weftwork.learning.parameters import TrainingParameters

EVALUATION_BATCH = 1024

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TrainingMetrics:
    """What one local training did; `loss_micro` is the last epoch's mean loss in millionths."""

    samples: int
    steps: int
    loss_micro: int


@dataclass(frozen=True)
class Evaluation:
    """Top-1 accuracy in parts per million; mean loss in millionths (-1: not a finite number)."""

    samples: int
    accuracy_ppm: int
    loss_micro: int


def train(
    model: nn.Module,
    parameters: TrainingParameters,
    dataset: Dataset,
    *,
    seed: int,
    on_epoch: Progress | None = None,
) -> TrainingMetrics:
    """Train `model` in place for `local_epochs`; the same seed, machine and threads, the same bits.

    Calls `on_epoch(epoch, epochs)` after each. Raises `DivergedError` for numbers not finite.
    """
    optimiser = MomentumSgd(model, float(parameters.learning_rate), float(parameters.momentum))
    x, y = _tensors(dataset, model)
    steps, loss = 0, 0.0
    model.train()
    with deterministic(seed):
        for epoch in range(1, parameters.local_epochs + 1):
            total = 0.0
            order = torch.randperm(len(dataset)).to(x.device)
            for rows in torch.split(order, parameters.batch_size):
                total += optimiser.step(x[rows], y[rows]) * len(rows)
                steps += 1
            loss = total / len(dataset)
            _check_finite(loss, model, epoch)
            if on_epoch:
                on_epoch(epoch, parameters.local_epochs)
    return TrainingMetrics(len(dataset), steps, round(loss * 1e6))


class MomentumSgd:
    """v <- momentum v + gradient; w <- w - rate v. The velocity starts at zero.

    torch.optim's SGD computes the same, but importing its machinery takes as long as torch itself.
    """

    def __init__(self, model: nn.Module, rate: float, momentum: float) -> None:
        self._model = model
        self._rate, self._momentum = rate, momentum
        self._weights: list[Tensor] = [
            weight for weight in model.parameters() if weight.requires_grad
        ]
        self._velocity = [torch.zeros_like(weight) for weight in self._weights]

    def step(self, x: Tensor, y: Tensor) -> float:
        """One step on a batch; its mean cross-entropy before the step."""
        loss = cross_entropy(self._model(x), y)
        gradients = torch.autograd.grad(loss, self._weights)
        with torch.no_grad():
            torch._foreach_mul_(self._velocity, self._momentum)
            torch._foreach_add_(self._velocity, gradients)
            torch._foreach_add_(self._weights, self._velocity, alpha=-self._rate)
        return float(loss.detach())


def _tensors(dataset: Dataset, model: nn.Module) -> tuple[Tensor, Tensor]:
    """The whole data set on the model's device."""
    device = next(model.parameters()).device
    return torch.from_numpy(dataset.x).to(device), torch.from_numpy(dataset.y).to(device)


def _check_finite(loss: float, model: nn.Module, epoch: int) -> None:
    """The last step's damage shows in the weights only: its loss was taken before it."""
    finite = all(bool(weight.isfinite().all()) for weight in model.parameters())
    if not math.isfinite(loss) or not finite:
        what = "a weight is no finite number" if not finite else f"the loss is {loss}"
        raise DivergedError(
            f"training diverged in epoch {epoch}: {what}; use a smaller learning_rate"
        )


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """One seed for all that is random inside, deterministic kernels only; both put back after."""
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


@torch.no_grad()
def evaluate(model: nn.Module, dataset: Dataset) -> Evaluation:
    """Accuracy and mean cross-entropy of `model` on `dataset`; leaves the model in eval mode."""
    x, y = _tensors(dataset, model)
    correct, total = 0, 0.0
    model.eval()
    for start in range(0, len(dataset), EVALUATION_BATCH):
        batch = slice(start, start + EVALUATION_BATCH)
        logits = model(x[batch])
        correct += int((logits.argmax(dim=1) == y[batch]).sum())
        total += float(cross_entropy(logits, y[batch], reduction="sum"))
    loss = total / len(dataset)
    return Evaluation(
        samples=len(dataset),
        accuracy_ppm=correct * 1_000_000 // len(dataset),
        loss_micro=round(loss * 1e6) if math.isfinite(loss) else -1,
    )
