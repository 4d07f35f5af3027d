"""What trains, as configuration files have it: a device's name, and how it rounds."""

from typing import Annotated, Literal

from pydantic import Field

__all__ = ["Device", "Precision"]

Device = Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:[0-9]+)?)$")]
Precision = Literal["float32", "bfloat16"]
