"""The training parameters of a task, and the seeds drawn from its seed. Needs no torch."""

import hashlib
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from weftwork.config import Strict
from weftwork.learning.options import Decimal, NonNegative, Positive
from weftwork.learning.strategies import Composition, StrategyOptions
from weftwork.learning.strategies.composition import contradictions
from weftwork.learning.strategies.fedavg import FedAvg

MAX_STRATEGIES = 8


def _listed(value: Any) -> Any:
    """`fedavg` and `{name: fedavg}` are short for a list of one."""
    entries = value if isinstance(value, list | tuple) else [value]
    if not 1 <= len(entries) <= MAX_STRATEGIES:
        raise ValueError(f"must list 1 to {MAX_STRATEGIES} strategies")
    return [{"name": one} if isinstance(one, str) else one for one in entries]


Strategies = Annotated[tuple[StrategyOptions, ...], BeforeValidator(_listed)]


class TrainingParameters(Strict):
    """`training` of a task's definition, as the ledger keeps it.

    An unknown key is refused: to ignore an option that the others follow would silently train by
    another method. Decimals travel as strings: the ledger holds no floating-point number.
    """

    strategy: Strategies = (FedAvg(),)
    rounds: int = Field(ge=1, le=99_999)
    local_epochs: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=1_000_000)
    learning_rate: Annotated[Positive, Field(le=1000)]
    momentum: Annotated[NonNegative, Field(lt=1)] = Decimal(0)
    seed: int = Field(ge=0, le=(1 << 53) - 1, description="the ledger holds 53 bits")

    @model_validator(mode="after")
    def _combinable(self) -> "TrainingParameters":
        if found := contradictions(self.strategy):
            raise ValueError("strategy: " + "; ".join(found))
        return self

    @property
    def composition(self) -> Composition:
        """The strategies as one."""
        return Composition(self.strategy)

    def smallest_batch(self, samples: int, processes: int = 1) -> int:
        """The fewest of so many `samples` that one of `processes` sees at once, without privacy."""
        last = samples % self.batch_size or self.batch_size
        return max(last // processes, 1)


def training_seed(task_seed: int, round_number: int, participant: str) -> int:
    """The seed of one participant's training in one round: 63 bits of a SHA-256 of all three."""
    text = f"weftwork.training.v1\n{task_seed}\n{round_number}\n{participant}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
