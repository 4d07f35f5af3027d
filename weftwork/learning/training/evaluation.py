"""What a model is worth on a data set."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from weftwork.learning.data import Dataset, Objective
from weftwork.learning.objective import LOSSES, scorer
from weftwork.learning.physical import PhysicalBatch
from weftwork.learning.precision import without_tf32
from weftwork.units import MILLION

__all__ = ["Evaluation", "evaluate", "for_evaluation"]

EVALUATION_BATCH = 1024
# On a CPU what a layer makes of a batch should stay in its caches: networks of convolutions took
# 0.6 to 0.8 of the time. Numbers of the samples, and at least so many samples, at once.
CPU_BATCH_NUMBERS = 1 << 18
CPU_BATCH = 16
ROUNDING = 1e-6  # 0.921 is a little less in binary


@dataclass(frozen=True)
class Evaluation:
    """The objective's score in parts per million; mean loss in millionths (-1: not finite)."""

    samples: int
    accuracy_ppm: int
    loss_micro: int


@torch.no_grad()
@without_tf32()
def evaluate(
    model: nn.Module,
    dataset: Dataset,
    objective: Objective = Objective.CLASSIFICATION,
    *,
    physical_batch: int | None = None,
) -> Evaluation:
    """Score and mean loss of `model` on `dataset`; leaves the model in eval mode.

    `physical_batch`: how many samples are worked on at once at most.
    """
    device = next(model.parameters()).device
    marks, loss, total = scorer(objective), LOSSES[objective], 0.0
    model.eval()

    def work(part: slice) -> tuple[Tensor, Tensor, Tensor, float]:
        x = torch.from_numpy(dataset.x[part]).to(device)
        y = torch.from_numpy(dataset.y[part]).to(device)
        output = model(x)
        wanted = x if objective is Objective.RECONSTRUCTION else y
        return x, y, output, float(loss(output, wanted).sum())

    physical = PhysicalBatch(_at_once(dataset, device, physical_batch))
    for x, y, output, its in physical.parts(len(dataset), work):
        total += its
        marks.add(x, y, output)
    mean = total / len(dataset)
    finite = math.isfinite(mean)
    return Evaluation(
        samples=len(dataset),
        accuracy_ppm=math.floor(marks.score * MILLION + ROUNDING) if finite else 0,
        loss_micro=round(mean * MILLION) if finite else -1,
    )


def _at_once(dataset: Dataset, device: torch.device, physical_batch: int | None) -> int:
    most = min(physical_batch or EVALUATION_BATCH, EVALUATION_BATCH)
    if device.type != "cpu":
        return most
    return min(most, max(CPU_BATCH, CPU_BATCH_NUMBERS // math.prod(dataset.x.shape[1:])))


def for_evaluation(model: nn.Module) -> nn.Module:
    """The same model, laid out for a CPU's forward passes; it is not to be trained any more.

    With a pixel's channels side by side, `cifar-cnn` took a third of the time, a VGG 0.8 of it.
    """
    for one in model.parameters():
        if one.dim() == 4 and one.device.type == "cpu":
            one.data = one.data.contiguous(memory_format=torch.channels_last)
    return model
