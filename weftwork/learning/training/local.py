"""One participant's part of one round: start, descend, finish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from weftwork.learning.arena import Arena
from weftwork.learning.data import Dataset, Objective, Schema
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.precision import Forward, rounded
from weftwork.learning.strategies import Client, Memory, Received
from weftwork.learning.training.batches import Samples
from weftwork.learning.training.checkpoint import Checkpoints
from weftwork.learning.training.determinism import deterministic
from weftwork.learning.training.execution import Execution
from weftwork.learning.training.gradients import Gradients, PlainGradients
from weftwork.learning.training.inputs import digest_of, machine, untouched
from weftwork.learning.training.loop import Progress, descend
from weftwork.learning.training.losses import TaskLoss, frozen
from weftwork.units import MILLION

if TYPE_CHECKING:
    from weftwork.learning.training.privacy import Privacy

__all__ = ["Participation", "Trained", "train"]


@dataclass(frozen=True)
class Participation:
    """What a participant brings to a round beside its data; the defaults are a first round's.

    `memory` is what `Trained.memory` was after its last one, `gap` says that it missed the round
    before, `server` is the strategies' state in the global model. `checkpoint` is where a training
    keeps what it could go on from; `identity` names what it depends on and `train` is not told.
    """

    round: int = 1
    gap: bool = False
    memory: Memory = field(default_factory=dict)
    server: Mapping[str, Tensor] = field(default_factory=dict)
    checkpoint: Path | None = None
    identity: str = ""


@dataclass(frozen=True)
class Trained:
    """What a training did. The model holds the weights; `arena` is over them.

    `loss_micro` is the last epoch's mean loss in millionths, exact: it tells of the data.
    `uploads` and `memory` are the strategies', `report` (integers) and `warnings` tell nothing that
    the weights do not.
    """

    arena: Arena
    samples: int
    steps: int
    loss_micro: int
    uploads: dict[str, Tensor]
    memory: Memory
    report: dict[str, int]
    warnings: tuple[str, ...]


def train(
    model: nn.Module,
    parameters: TrainingParameters,
    dataset: Dataset,
    *,
    seed: int,
    schema: Schema | None = None,
    participation: Participation = Participation(),  # noqa: B008 - frozen
    privacy: Privacy | None = None,
    execution: Execution = Execution(),  # noqa: B008 - frozen
    on_epoch: Progress | None = None,
) -> Trained:
    """Train `model` in place for `local_epochs`; the same seed, machine and threads, the same bits.

    Each process of the `execution`'s group calls this with the same. Without `schema` it is a
    classification. With `privacy`, what it gives away but `loss_micro` has passed the mechanism.
    Calls `on_epoch(epoch, epochs)` after each. Raises `DivergedError` for numbers not finite,
    `UnsupportedLayerError` for a model that cannot be trained privately, `LostMemberError`.
    """
    objective = schema.objective if schema else Objective.CLASSIFICATION
    group, arena = execution.group, Arena(model)
    samples = Samples(dataset, objective, arena.vector.device)
    labels = _labels(parameters, schema, samples, privacy, keep=group.leads)
    client = _client(parameters, arena, participation, labels)
    reference = _reference(model, parameters, execution)
    loss = TaskLoss(objective, client, reference, execution.physical_batch)
    buffers = {name: one.clone() for name, one in model.named_buffers()}
    model.train()
    with deterministic(seed):
        received, start = _begun(arena, client)
        gradients: Gradients = PlainGradients(
            execution.forward(model),
            arena,
            loss,
            samples,
            parameters.batch_size,
            group,
            execution.physical_batch,
        )
        inputs = ""
        if privacy or group.size > 1:
            terms = (repr(seed), parameters.model_dump_json(), objective, execution.name)
            said = (*terms, privacy.terms if privacy else "")
            given = {"received": received} | ({} if labels is None else {"labels": labels})
            inputs = _inputs(model, dataset, participation, said, given)
            group.agree(inputs)
        if privacy:
            gradients = privacy.gradients(
                model, loss, samples, gradients, participation.memory, inputs, execution
            )
            if group.leads:
                privacy.book(inputs)
        identity = f"{participation.identity} {execution.name} {inputs}"
        checkpoints = Checkpoints(participation.checkpoint, identity, writes=group.leads)
        course = descend(
            arena,
            gradients,
            client,
            parameters,
            seed=seed,
            checkpoints=checkpoints,
            group=group,
            on_epoch=on_epoch,
        )
        with torch.no_grad():
            if privacy:
                privacy.conclude(arena, start, inputs)
                untouched(model, buffers)
            finished = client.finish(start, arena.vector, course.steps)
    checkpoints.remove()
    return Trained(
        arena=arena,
        samples=len(dataset),
        steps=course.steps,
        loss_micro=round(gradients.loss * MILLION),
        uploads=finished.uploads,
        memory=finished.memory | (privacy.memory(gradients) if privacy else {}),
        report=finished.report | (privacy.report(gradients) if privacy else {}),
        warnings=finished.warnings,
    )


@torch.no_grad()
def _begun(arena: Arena, client: Client) -> tuple[Tensor, Tensor]:
    """Put the strategies' start in place: the weights received, and those to start from."""
    received = arena.vector.clone()
    arena.vector.copy_(client.start(received.clone()))
    return received, arena.vector.clone()


def _reference(
    model: nn.Module, parameters: TrainingParameters, execution: Execution
) -> Forward | None:
    """The global model as it came, for strategies that compare with it."""
    if not parameters.composition.needs_reference:
        return None
    return rounded(frozen(model), execution.precision)


def _inputs(
    model: nn.Module,
    dataset: Dataset,
    participation: Participation,
    said: tuple[str, ...],
    given: Mapping[str, Tensor],
) -> str:
    """The digest of all that the bits of the sums follow from; `model` is where training starts."""
    tensors = dict(given)
    tensors |= {f"model {name}": one for name, one in model.named_parameters()}
    tensors |= {f"model {name}": one for name, one in model.named_buffers()}
    tensors |= {f"memory {name}": one for name, one in participation.memory.items()}
    tensors |= {f"server {name}": one for name, one in participation.server.items()}
    round_ = (repr(participation.round), repr(participation.gap))
    return digest_of(dataset, (*said, *round_, machine(next(model.parameters()).device)), tensors)


def _labels(
    parameters: TrainingParameters,
    schema: Schema | None,
    samples: Samples,
    privacy: Privacy | None,
    *,
    keep: bool,
) -> Tensor | None:
    """How many samples of each class there are, where a strategy asks; noisy where private."""
    if schema is None or schema.labels is None or not parameters.composition.needs_labels:
        return None
    counts = torch.bincount(samples.labels, minlength=schema.labels.classes)
    return privacy.label_counts(counts, keep=keep) if privacy else counts


def _client(
    parameters: TrainingParameters,
    arena: Arena,
    participation: Participation,
    labels: Tensor | None,
) -> Client:
    """The strategies' client, with all vectors of numbers on the model's device.

    Single numbers and counts stay on the CPU: they are float64, which not every GPU has.
    """
    device = arena.vector.device
    received = Received(
        weights=arena.vector.clone(),
        server={name: one.to(device) for name, one in participation.server.items()},
        memory={n: one.to(device) if one.dim() else one for n, one in participation.memory.items()},
        gap=participation.gap,
        learning_rate=float(parameters.learning_rate),
        momentum=float(parameters.momentum),
        labels=labels,
    )
    return parameters.composition.client(received)
