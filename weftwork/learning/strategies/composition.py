"""Several strategies as one: what the task's list says, in its order.

Every name that a strategy uses (an upload, a state, a memory, a report) is prefixed by its own name
and a dot, so that two strategies never meet: `scaffold.control`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from weftwork.learning.data.schema import Objective, Schema
from weftwork.learning.privacy.parameters import Mode
from weftwork.learning.strategies.dlmu import Dlmu
from weftwork.learning.strategies.fedavg import FedAvg
from weftwork.learning.strategies.feddyn import FedDyn
from weftwork.learning.strategies.fedntd import FedNtd
from weftwork.learning.strategies.fedprox import FedProx
from weftwork.learning.strategies.fedrs import FedRs
from weftwork.learning.strategies.logit_calibration import LogitCalibration
from weftwork.learning.strategies.scaffold import Scaffold
from weftwork.learning.strategies.server_adam import ServerAdam
from weftwork.learning.strategies.server_momentum import ServerMomentum
from weftwork.learning.strategies.server_yogi import ServerYogi
from weftwork.learning.strategies.strategy import (
    Block,
    Client,
    Finished,
    Floats,
    Received,
    Server,
    Strategy,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Composition", "StrategyOptions", "contradictions", "problems"]

T = TypeVar("T")

# What a task's `strategy` may list; a new strategy is its file and a line here.
StrategyOptions = Annotated[
    FedAvg
    | FedProx
    | Scaffold
    | FedDyn
    | Dlmu
    | LogitCalibration
    | FedRs
    | FedNtd
    | ServerMomentum
    | ServerAdam
    | ServerYogi,
    Field(discriminator="name"),
]


def contradictions(strategies: Sequence[Strategy]) -> list[str]:
    """Why these cannot be combined; empty if they can."""
    found = []
    for one, other in combinations(strategies, 2):
        if one.name == other.name:
            found.append(f"{one.name} is listed twice")
        else:
            found += [
                f"{one.name} and {other.name} cannot be combined: {role}"
                for role in one.roles
                if role in other.roles
            ]
    return list(dict.fromkeys(found))


def problems(strategies: Sequence[Strategy], schema: Schema, mode: Mode) -> list[str]:
    """Why these cannot learn data of `schema` in a privacy mode; empty if they can."""
    found = []
    if schema.objective is not Objective.CLASSIFICATION:
        found += [
            f"{one.name}: only for classification, which needs labels in the schema; this is"
            f" {schema.objective}"
            for one in strategies
            if one.needs_classes
        ]
    if mode == "client-level":
        found += [
            f"{one.name}: its updates tell how many steps were taken, and so how large a data set"
            " is, which client-level protects; choose ddp-sgd or another strategy"
            for one in strategies
            if one.tells_steps
        ]
    return found


@dataclass(frozen=True)
class Composition:
    """The strategies of a task, which behave as one."""

    strategies: tuple[Strategy, ...]

    @property
    def uploads(self) -> tuple[str, ...]:
        """The vectors that an update carries beside the weights."""
        return tuple(f"{one.name}.{name}" for one in self.strategies for name in one.uploads)

    @property
    def state(self) -> tuple[str, ...]:
        """The vectors that a model carries beside the weights."""
        return tuple(f"{one.name}.{name}" for one in self.strategies for name in one.state)

    @property
    def memory(self) -> tuple[str, ...]:
        """What a client keeps from round to round."""
        return tuple(f"{one.name}.{name}" for one in self.strategies for name in one.memory)

    @property
    def needs_labels(self) -> bool:
        """Whether a client must know how many samples of each class it has."""
        return any(one.needs_labels for one in self.strategies)

    @property
    def needs_reference(self) -> bool:
        """Whether the loss needs the global model's outputs for each batch."""
        return any(one.needs_reference for one in self.strategies)

    def client(self, received: Received) -> Client:
        """A client's side for one round."""
        return _Clients({one.name: one.client(_own(received, one)) for one in self.strategies})

    def server(self) -> Server:
        """The aggregate's side; `Server` itself where no strategy changes the mean."""
        servers = {one.name: one.server() for one in self.strategies}
        acting = {name: one for name, one in servers.items() if type(one) is not Server}
        return _Servers(acting) if acting else Server()


class _Clients(Client):
    def __init__(self, clients: dict[str, Client]) -> None:
        self._clients = clients

    def start(self, weights: Tensor) -> Tensor:
        for one in self._clients.values():
            weights = one.start(weights)
        return weights

    def logits(self, logits: Tensor, y: Tensor) -> Tensor:
        for one in self._clients.values():
            logits = one.logits(logits, y)
        return logits

    def penalty(self, outputs: Tensor, y: Tensor, reference: Tensor | None) -> Tensor | None:
        total = None
        for one in self._clients.values():
            added = one.penalty(outputs, y, reference)
            if added is not None:
                total = added if total is None else total + added
        return total

    def direct(self, gradient: Tensor, weights: Tensor) -> Tensor:
        for one in self._clients.values():
            gradient = one.direct(gradient, weights)
        return gradient

    def finish(self, started: Tensor, trained: Tensor, steps: int) -> Finished:
        all_ = {name: one.finish(started, trained, steps) for name, one in self._clients.items()}
        return Finished(
            uploads=_prefixed({name: one.uploads for name, one in all_.items()}),
            memory=_prefixed({name: one.memory for name, one in all_.items()}),
            report=_prefixed({name: one.report for name, one in all_.items()}),
            warnings=tuple(
                f"{name}: {text}" for name, one in all_.items() for text in one.warnings
            ),
        )


class _Servers(Server):
    def __init__(self, servers: dict[str, Server]) -> None:
        self._servers = servers

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        mean, states = block.mean, {}
        for name, one in self._servers.items():
            own = replace(
                block, mean=mean, uploads=_of(name, block.uploads), state=_of(name, block.state)
            )
            mean, states[name] = one.combine(own)
        return mean, _prefixed(states)


def _own(received: Received, strategy: Strategy) -> Received:
    name = strategy.name
    return replace(received, server=_of(name, received.server), memory=_of(name, received.memory))


def _of(name: str, all_: Mapping[str, T]) -> dict[str, T]:
    start = f"{name}."
    return {key.removeprefix(start): one for key, one in all_.items() if key.startswith(start)}


def _prefixed(all_: Mapping[str, Mapping[str, T]]) -> dict[str, T]:
    return {f"{name}.{key}": value for name, one in all_.items() for key, value in one.items()}
