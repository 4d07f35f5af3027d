"""What a task's data look like, agreed by digest: shape of one sample, and the classes."""

import hashlib
import json
import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from weftwork.config import Strict

# One sample of 64 million numbers is 256 MB: beyond it a shape is a mistake (or an attack).
MAX_NUMBERS = 1 << 26

Size = Annotated[int, Field(ge=1, le=MAX_NUMBERS)]


class Features(Strict):
    """One sample: an array of `shape`, such as [64], or [channels, height, width]."""

    shape: tuple[Size, ...] = Field(min_length=1, max_length=4)
    dtype: Literal["float32"] = "float32"

    @model_validator(mode="after")
    def _bounded(self) -> "Features":
        if math.prod(self.shape) > MAX_NUMBERS:
            raise ValueError(f"a sample of {math.prod(self.shape)} numbers; {MAX_NUMBERS} at most")
        return self


class Labels(Strict):
    """A class per sample, 0 to `classes` - 1; `names[i]` is what class i is called in the data.

    Without names, folders and label columns hold the numbers themselves. With them every site maps
    a name to the same number, whichever classes it happens to hold.
    """

    classes: int = Field(ge=2, le=65536)
    names: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _named(self) -> "Labels":
        names = self.names
        if names is not None and not len(names) == len(set(names)) == self.classes:
            raise ValueError(f"names: {self.classes} different names are needed, one per class")
        return self


class Schema(Strict):
    """Schema v1. Two sites agree on their data if their digests are equal."""

    version: Literal[1] = 1
    features: Features
    labels: Labels

    def canonical(self) -> bytes:
        """JSON with sorted keys, no spaces, absent options left out, in UTF-8."""
        content = self.model_dump(mode="json", exclude_none=True)
        return json.dumps(
            content, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    @property
    def digest(self) -> str:
        """Lowercase SHA-256 hex of `canonical()`."""
        return hashlib.sha256(self.canonical()).hexdigest()
