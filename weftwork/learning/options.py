"""Numbers with decimals in a task's terms: kept as they were written, and as the ledger takes them.

The ledger holds no floating-point number, so a decimal travels as a string.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["Decimal", "Fraction", "NonNegative", "Positive"]

# The ledger's own rule for a decimal.
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")


def _recordable(value: Decimal) -> Decimal:
    if not _DECIMAL.fullmatch(str(value)):
        raise ValueError("must have no sign and at most 20 digits after the point")
    return value


NonNegative = Annotated[Decimal, Field(ge=0, le=1_000_000), AfterValidator(_recordable)]
Positive = Annotated[Decimal, Field(gt=0, le=1_000_000), AfterValidator(_recordable)]
Fraction = Annotated[Decimal, Field(ge=0, le=1), AfterValidator(_recordable)]
