"""Clients with quadratic losses, in memory: small enough that every number can be worked out.

Client i has the loss sum(curvature_i (w - optimum_i)^2) / 2 and `samples` of them.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor

from weftwork.learning.strategies import Composition, Finished, Memory, Received, StrategyOptions
from weftwork.learning.strategies.strategy import Block, Floats

START = torch.tensor([0.5, -1.0, 2.0, 0.25])


@dataclass(frozen=True)
class Quadratic:
    """One client's data."""

    curvature: Tensor
    optimum: Tensor
    samples: int

    def gradient(self, weights: Tensor) -> Tensor:
        """Exact: no batches."""
        return self.curvature * (weights - self.optimum)


UNLIKE = (
    Quadratic(torch.tensor([1.0, 0.5, 2.0, 1.0]), torch.tensor([1.0, 0.0, -1.0, 2.0]), 3),
    Quadratic(torch.tensor([0.5, 2.0, 0.25, 1.0]), torch.tensor([-2.0, 1.0, 1.0, 0.5]), 1),
    Quadratic(torch.tensor([2.0, 1.0, 1.0, 0.1]), torch.tensor([0.0, -1.0, 3.0, 1.0]), 4),
)


def optimum(clients: tuple[Quadratic, ...]) -> Tensor:
    """Where the mean of all clients' losses, weighted by samples, is least."""
    weighted = [one.samples * one.curvature for one in clients]
    pulls = [a * one.optimum for a, one in zip(weighted, clients, strict=True)]
    return torch.stack(pulls).sum(0) / torch.stack(weighted).sum(0)


def composition(*options: dict[str, Any] | str) -> Composition:
    """Of these strategies; a name alone has its defaults."""
    read = TypeAdapter[Any](StrategyOptions).validate_python
    return Composition(tuple(read({"name": o} if isinstance(o, str) else o) for o in options))


@dataclass
class Federation:
    """Rounds of a composition's strategies. `starts` are where the last round's clients began."""

    composition: Composition
    clients: tuple[Quadratic, ...] = UNLIKE
    steps: int = 3
    rate: float = 0.1
    momentum: float = 0.0
    weights: Tensor = field(default_factory=START.clone)
    state: dict[str, Tensor] = field(default_factory=dict)
    memories: list[Memory] = field(default_factory=lambda: [{} for _ in range(9)])
    seen: list[int] = field(default_factory=lambda: [0] * 9)
    round: int = 0
    starts: list[Tensor] = field(default_factory=list)

    def play(self, *present: int) -> list[Finished]:
        """One round with these clients (all, if none is named); what each left."""
        self.round += 1
        self.starts = []
        indices = present or tuple(range(len(self.clients)))
        trained, finished = zip(*(self.train(i) for i in indices), strict=True)
        counts = [self.clients[i].samples for i in indices]
        self._combine(counts, trained, finished)
        for i, one in zip(indices, finished, strict=True):
            self.memories[i], self.seen[i] = one.memory, self.round
        return list(finished)

    def train(self, index: int) -> tuple[Tensor, Finished]:
        """One client's round."""
        client = self.composition.client(self.received(index))
        start = client.start(self.weights)
        weights, velocity = start.clone(), torch.zeros_like(start)
        for _ in range(self.steps):
            direction = client.direct(self.clients[index].gradient(weights), weights)
            velocity = self.momentum * velocity + direction
            weights = weights - self.rate * velocity
        self.starts.append(start)
        return weights, client.finish(start, weights, self.steps)

    def received(self, index: int) -> Received:
        """What a client begins its round with."""
        return Received(
            weights=self.weights,
            server=self.state,
            memory=self.memories[index],
            gap=self.seen[index] < self.round - 1,
            learning_rate=self.rate,
            momentum=self.momentum,
        )

    def _combine(
        self, counts: list[int], trained: tuple[Tensor, ...], finished: tuple[Finished, ...]
    ) -> None:
        zeros = np.zeros(len(self.weights))
        state = dict.fromkeys(self.composition.state, zeros)
        block = Block(
            base=double(self.weights),
            mean=mean(counts, trained),
            uploads={
                name: mean(counts, tuple(one.uploads[name] for one in finished))
                for name in self.composition.uploads
            },
            state=state | {name: double(one) for name, one in self.state.items()},
            accepted=len(counts),
            participants=len(self.clients),
            first=not self.state,
        )
        model, new = self.composition.server().combine(block)
        self.weights = torch.from_numpy(model.astype(np.float32))
        self.state = {name: torch.from_numpy(one.astype(np.float32)) for name, one in new.items()}


def mean(counts: list[int], vectors: tuple[Tensor, ...]) -> Floats:
    """Weighted, in float64, in order."""
    total = np.zeros(len(vectors[0]))
    for count, vector in zip(counts, vectors, strict=True):
        total += double(vector) * float(count)
    return total / float(sum(counts))


def double(vector: Tensor) -> Floats:
    """As numpy's float64."""
    return vector.numpy().astype(np.float64)
