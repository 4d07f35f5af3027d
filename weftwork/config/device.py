"""What trains, as configuration files have it: a device's name, and how it rounds."""

from typing import Annotated, Literal

from pydantic import Field

__all__ = ["Device", "Precision", "arithmetic"]

Device = Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:[0-9]+)?)$")]
Precision = Literal["float32", "bfloat16"]


def arithmetic(
    processes: int, precision: Precision, compiled: bool, physical_batch: int | None
) -> str:
    """What makes the bits of a training others than they would be; empty if nothing does."""
    parts = [f"{processes} processes"] if processes > 1 else []
    parts += [precision] if precision != "float32" else []
    parts += ["compiled"] if compiled else []
    parts += [f"{physical_batch} samples at once"] if physical_batch else []
    return ", ".join(parts)
