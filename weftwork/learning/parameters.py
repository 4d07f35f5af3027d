"""The training parameters of a task, and the seeds drawn from its seed. Needs no torch."""

import hashlib
from decimal import Decimal
from typing import Literal

from pydantic import Field

from weftwork.config import Strict


class TrainingParameters(Strict):
    """`training` of a task's definition, as the ledger keeps it.

    An unknown key is refused: to ignore an option that the others follow would silently train by
    another method. Decimals travel as strings: the ledger holds no floating-point number.
    """

    strategy: Literal["fedavg"] = "fedavg"
    rounds: int = Field(ge=1, le=99_999)
    local_epochs: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=1 << 20)
    learning_rate: Decimal = Field(gt=0, le=1000)
    momentum: Decimal = Field(Decimal(0), ge=0, lt=1)
    seed: int = Field(ge=0, lt=1 << 53, description="the ledger holds 53 bits")


def training_seed(task_seed: int, round_number: int, participant: str) -> int:
    """The seed of one participant's training in one round: 63 bits of a SHA-256 of all three."""
    text = f"weftwork.training.v1\n{task_seed}\n{round_number}\n{participant}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
