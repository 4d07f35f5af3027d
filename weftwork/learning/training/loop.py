"""Local training: from the model that a round starts with to one participant's update.

The strategy says where to start and corrects each step, `Gradients` says what a batch's gradient
is, and SGD with momentum takes the step:

    v <- momentum v + direction        w <- w - rate v        (v starts at zero)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from weftwork.learning.arena import Arena
from weftwork.learning.errors import DivergedError
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.strategies import Client
from weftwork.learning.training.checkpoint import Checkpoint, Checkpoints
from weftwork.learning.training.determinism import reseed
from weftwork.learning.training.gradients import Gradients
from weftwork.learning.training.group import ALONE, Group

__all__ = ["Course", "Progress", "descend"]

# (epochs done, epochs in all)
Progress = Callable[[int, int], None]


@dataclass
class Course:
    """How far a training is. `velocity` is a vector (numbers,)."""

    velocity: Tensor
    epochs: int = 0
    steps: int = 0


def descend(
    arena: Arena,
    gradients: Gradients,
    client: Client,
    parameters: TrainingParameters,
    *,
    seed: int,
    checkpoints: Checkpoints,
    group: Group = ALONE,
    on_epoch: Progress | None = None,
) -> Course:
    """Train the weights in `arena` for `local_epochs`, or what of them a checkpoint leaves.

    Raises `DivergedError` for numbers that are not finite.
    """
    course = _resume(arena, gradients, checkpoints, group)
    rate, momentum = float(parameters.learning_rate), float(parameters.momentum)
    for epoch in range(course.epochs, parameters.local_epochs):
        reseed(seed, epoch)
        for gradient in gradients.epoch(epoch):
            with torch.no_grad():
                direction = client.direct(gradient, arena.vector)
                course.velocity.mul_(momentum).add_(direction)
                arena.vector.sub_(course.velocity, alpha=rate)
            course.steps += 1
        course.epochs = epoch + 1
        _check_finite(gradients.loss, arena, course.epochs)
        if course.epochs < parameters.local_epochs:
            tensors = {"weights": arena.vector, "velocity": course.velocity}
            numbers = gradients.numbers()
            checkpoints.save(Checkpoint(course.epochs, course.steps, tensors, numbers))
        if on_epoch:
            on_epoch(course.epochs, parameters.local_epochs)
    return course


def _resume(arena: Arena, gradients: Gradients, checkpoints: Checkpoints, group: Group) -> Course:
    found = checkpoints.load()
    group.agree(found.digest if found else "from the beginning")
    if found is None:
        return Course(torch.zeros_like(arena.vector))
    arena.vector.copy_(found.tensors["weights"])
    gradients.restore(found.numbers)
    velocity = found.tensors["velocity"].to(arena.vector.device)
    return Course(velocity, found.epochs, found.steps)


def _check_finite(loss: float, arena: Arena, epoch: int) -> None:
    """The last step's damage shows in the weights only: its loss was taken before it."""
    if not bool(arena.vector.isfinite().all()):
        what = "a weight is no finite number"
    elif not math.isfinite(loss):
        what = f"the loss is {loss}"
    else:
        return
    raise DivergedError(f"training diverged in epoch {epoch}: {what}; use a smaller learning_rate")
