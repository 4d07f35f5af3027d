"""What a strategy is: options that a task chooses, a client's side, and the aggregate's side.

A task lists one or more strategies; they are combined in the order of the list (`composition`).
Each is an identity where it does not override. A vector is the model's trainable weights in one
flat float32 tensor (numbers,), in the order of `model.parameters()`.

Nothing here may look at data but through the loss of a sample: what a client does to a gradient, to
where it starts, or to what it uploads, is then post-processing of what the privacy mechanism has
let through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from weftwork.config import Strict

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "Block",
    "Client",
    "Finished",
    "Floats",
    "Memory",
    "Received",
    "Role",
    "Server",
    "Strategy",
    "known",
]

# A participant's own state of one task: names to tensors (vectors, or float64 without a dimension),
# kept on its disk between rounds.
Memory = dict[str, "Tensor"]


@dataclass(frozen=True)
class Received:
    """What a client begins a round with.

    `weights`: the global model's vector. `server`: what the aggregates so far keep beside the
    model, by name, each a vector (none before the first). `memory`: what this client kept.
    `gap`: it did not take part in the round before. `learning_rate`, `momentum`: of local training,
    whose velocity starts each round at zero. `labels` (classes,), on the CPU: this client's samples
    of each class (privatised where the task is private), None where no strategy needs them.
    """

    weights: Tensor
    server: Mapping[str, Tensor]
    memory: Memory
    gap: bool
    learning_rate: float
    momentum: float = 0.0
    labels: Tensor | None = None


def known(vectors: Mapping[str, Tensor], name: str, received: Received) -> Tensor:
    """The vector of this name; zeros where there is none yet."""
    found = vectors.get(name)
    return received.weights.new_zeros(received.weights.shape) if found is None else found


@dataclass(frozen=True)
class Finished:
    """What a client leaves: uploads beside the weights (vectors), its memory, and what to tell.

    `report` is logged and recorded with the update: names to integers (millionths). `warnings` are
    for the participant's log. Both hold only what follows from the vectors, never from data.
    """

    uploads: dict[str, Tensor] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    report: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Client:
    """One participant's side, in one round: `start`, many steps, `finish`."""

    def start(self, weights: Tensor) -> Tensor:
        """Where training starts; `weights` is the global model, or what a strategy before made.

        Never changes `weights`; may return it.
        """
        return weights

    def logits(self, logits: Tensor, y: Tensor) -> Tensor:
        """The logits (n, classes) that the loss sees, given labels y (n,)."""
        return logits

    def penalty(self, outputs: Tensor, y: Tensor, reference: Tensor | None) -> Tensor | None:
        """What is added to the loss of each sample (n,); None is nothing.

        `outputs` (n, ...) are the model's own, before `logits`; `reference` those of the global
        model for the same samples, given where the strategy's `needs_reference` is set.
        """
        return None

    def direct(self, gradient: Tensor, weights: Tensor) -> Tensor:
        """The step's direction, from the (private) mean gradient at `weights`.

        May change `gradient`. Momentum comes after it.
        """
        return gradient

    def finish(self, started: Tensor, trained: Tensor, steps: int) -> Finished:
        """After the last of `steps` steps from `started` to `trained`; changes neither."""
        return Finished()


Floats = NDArray[np.float64]


@dataclass
class Block:
    """Some numbers of a model, all float64 arrays of one shape (numbers,).

    `base` is the model that the round started from, `mean` the weighted mean of the clients'
    weights, `uploads` the weighted mean of each upload, or what the task's rule makes of them in
    its place; `state` what was kept beside the base model: zeros where `first`, as nothing was.
    `accepted` of `participants` clients were given to the rule. None of it may be changed.
    """

    base: Floats
    mean: Floats
    uploads: dict[str, Floats]
    state: dict[str, Floats]
    accepted: int
    participants: int
    first: bool


class Server:
    """The aggregate's side: a pure, elementwise function that all compute to the same bits.

    Only + - * / and the square root are used: IEEE 754 rounds them alike on every machine.
    """

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        """The new model's numbers and the new state; both are rounded to float32 afterwards."""
        return block.mean, {}


class Role(StrEnum):
    """What only one strategy of a task can do; the text completes "a and b: "."""

    START = "both set where training starts"
    DRIFT = "both correct the clients' drift: each would take the other's correction for gradient"
    SERVER = "both take the server's step"
    LOGITS = "both shift the logits by local label counts"


class Strategy(Strict):
    """The options of one strategy, as a task gives them; `name` is the discriminator.

    `uploads` names the vectors that clients send beside their weights, `state` those that the
    aggregate keeps, `memory` what a client keeps from round to round. At most one strategy of each
    role can be in a task. `needs_classes`: only for classification; `needs_labels`: a client must
    know how many samples of each class it has; `needs_reference`: see `Client.penalty`.
    `tells_steps`: who knows an update can compute how many steps its client took, and so how much
    data it has.
    """

    name: str
    uploads: ClassVar[tuple[str, ...]] = ()
    state: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[tuple[str, ...]] = ()
    roles: ClassVar[tuple[Role, ...]] = ()
    needs_classes: ClassVar[bool] = False
    needs_labels: ClassVar[bool] = False
    needs_reference: ClassVar[bool] = False
    tells_steps: ClassVar[bool] = False

    def client(self, received: Received) -> Client:
        """A client's side for one round."""
        return Client()

    def server(self) -> Server:
        """The aggregate's side."""
        return Server()
