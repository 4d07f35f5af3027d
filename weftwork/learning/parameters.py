"""The training parameters of a task, and the seeds drawn from its seed. Needs no torch."""

import hashlib
import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from weftwork.config import Strict

# The ledger's own rule for a decimal.
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")


def _recordable(value: Decimal) -> Decimal:
    if not _DECIMAL.fullmatch(str(value)):
        raise ValueError("must have no sign and at most 20 digits after the point")
    return value


class TrainingParameters(Strict):
    """`training` of a task's definition, as the ledger keeps it.

    An unknown key is refused: to ignore an option that the others follow would silently train by
    another method. Decimals travel as strings: the ledger holds no floating-point number.
    """

    strategy: Literal["fedavg"] = "fedavg"
    rounds: int = Field(ge=1, le=99_999)
    local_epochs: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=1_000_000)
    learning_rate: Annotated[Decimal, Field(gt=0, le=1000), AfterValidator(_recordable)]
    momentum: Annotated[Decimal, Field(ge=0, lt=1), AfterValidator(_recordable)] = Decimal(0)
    seed: int = Field(ge=0, le=(1 << 53) - 1, description="the ledger holds 53 bits")


def training_seed(task_seed: int, round_number: int, participant: str) -> int:
    """The seed of one participant's training in one round: 63 bits of a SHA-256 of all three."""
    text = f"weftwork.training.v1\n{task_seed}\n{round_number}\n{participant}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
