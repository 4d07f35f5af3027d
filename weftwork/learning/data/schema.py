"""What a task's data look like, agreed by digest: one sample, and what is to be learnt of it."""

import hashlib
import json
import math
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from weftwork.config import Strict

# One sample of 64 million numbers is 256 MB: beyond it a shape is a mistake (or an attack).
MAX_NUMBERS = 1 << 26

Size = Annotated[int, Field(ge=1, le=MAX_NUMBERS)]


def _plain(number: Decimal) -> Decimal:
    """One form for 1, 1.0 and 1e0: equal schemas have equal digests."""
    return Decimal(format(number.normalize(), "f")) if number else Decimal(0)


# The ledger holds no floating-point number: decimals travel as strings.
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=30), AfterValidator(_plain)]


class Objective(StrEnum):
    """What is to be learnt of a sample."""

    CLASSIFICATION = "classification"  # its class
    REGRESSION = "regression"  # one or more numbers
    RECONSTRUCTION = "reconstruction"  # itself: what is reconstructed badly is an anomaly


class Normalisation(Strict):
    """`(x - subtract) / divide`, one number for each index of the first axis, or one for all.

    The constants are the task's, the same for every site: computed from local data they would tell
    of them.
    """

    subtract: tuple[Number, ...] = Field((Decimal(0),), min_length=1, max_length=4096)
    divide: tuple[Annotated[Number, Field(gt=0)], ...] = Field(
        (Decimal(1),), min_length=1, max_length=4096
    )


class Features(Strict):
    """One sample: an array of `shape`, such as [64], or [channels, height, width].

    `names` and `units` are of the indices of the first axis: columns of a table, channels of a
    sensor. int64 is for tokens, 0 to `vocabulary` - 1.
    """

    shape: tuple[Size, ...] = Field(min_length=1, max_length=4)
    dtype: Literal["float32", "int64"] = "float32"
    names: tuple[str, ...] | None = None
    units: tuple[str, ...] | None = None
    vocabulary: int | None = Field(None, ge=2, le=1 << 24)
    normalise: Normalisation | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Features":
        if math.prod(self.shape) > MAX_NUMBERS:
            raise ValueError(f"a sample of {math.prod(self.shape)} numbers; {MAX_NUMBERS} at most")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "Features":
        first = self.shape[0]
        for key, given in (("names", self.names), ("units", self.units)):
            if given is not None and len(given) != first:
                raise ValueError(f"{key}: {len(given)} given, the shape begins with {first}")
        if self.names is not None and len(set(self.names)) != first:
            raise ValueError("names: each must be different")
        if (self.dtype == "int64") != (self.vocabulary is not None):
            raise ValueError("vocabulary: needed for int64 (tokens), and only there")
        if self.normalise and self.dtype == "int64":
            raise ValueError("normalise: tokens are not normalised")
        for key in ("subtract", "divide") if self.normalise else ():
            count = len(getattr(self.normalise, key))
            if count not in {1, first}:
                raise ValueError(f"normalise.{key}: {count} given, 1 or {first} needed")
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


class Targets(Strict):
    """Numbers to be predicted for each sample; `normalise` as for features, one number a name."""

    names: tuple[str, ...] = Field(min_length=1, max_length=1024)
    units: tuple[str, ...] | None = None
    normalise: Normalisation | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Targets":
        size = len(self.names)
        if len(set(self.names)) != size:
            raise ValueError("names: each must be different")
        if self.units is not None and len(self.units) != size:
            raise ValueError(f"units: {len(self.units)} given, {size} names")
        for key in ("subtract", "divide") if self.normalise else ():
            count = len(getattr(self.normalise, key))
            if count not in {1, size}:
                raise ValueError(f"normalise.{key}: {count} given, 1 or {size} needed")
        return self


class Schema(Strict):
    """Schema v1. Two sites agree on their data if their digests are equal.

    With `labels` the task is classification, with `targets` regression; with neither it is
    reconstruction, and a sample's own values are what is to be learnt.
    """

    version: Literal[1] = 1
    features: Features
    labels: Labels | None = None
    targets: Targets | None = None

    @model_validator(mode="after")
    def _one_objective(self) -> "Schema":
        if self.labels and self.targets:
            raise ValueError("labels or targets, not both")
        if not (self.labels or self.targets) and self.features.dtype != "float32":
            raise ValueError("labels or targets are needed: tokens cannot be reconstructed")
        return self

    @property
    def objective(self) -> Objective:
        """What is to be learnt."""
        if self.labels:
            return Objective.CLASSIFICATION
        return Objective.REGRESSION if self.targets else Objective.RECONSTRUCTION

    @property
    def outputs(self) -> tuple[int, ...]:
        """The shape that a model gives for one sample: logits, predictions, or the sample's own."""
        if self.labels:
            return (self.labels.classes,)
        return (len(self.targets.names),) if self.targets else self.features.shape

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
