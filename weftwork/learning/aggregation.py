"""Exact aggregation: everybody who computes it gets the same bits.

The aggregate of updates w_1..w_K with integer weights n_1..n_K is, for every float32 number,

    float32( (n_1 w_1 + n_2 w_2 + ... + n_K w_K) / (n_1 + ... + n_K) )

A product of a float32 (24 bits) and an integer below 2^29 has 53 bits and is exact in float64, so
neither vector width nor fused multiply-add can change a bit. The sums are float64 and do round:
they are taken in the order given, which all parties must share (participants sorted by name).
One division and one rounding to float32 end it. Numbers are independent of each other, so how the
work is cut into blocks cannot matter.

Tensors of integers and booleans (counters, masks) are not learnt: the base model's are kept.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.errors import WeightsError
from weftwork.learning.tensorfile import TensorFile

BLOCK = 128 * 1024  # numbers; the accumulator and the product stay in the cache
MAX_WEIGHT = (1 << 29) - 1  # beyond it a product is no longer exact
INTEGERS = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"}


class Reason(StrEnum):
    """Why an update takes no part in an aggregate."""

    DIGEST_MISMATCH = "digest-mismatch"  # the bytes are not those that were submitted
    MALFORMED = "malformed"  # no safetensors file
    SHAPE_MISMATCH = "shape-mismatch"  # other names, shapes or types than the base model's
    NON_FINITE = "non-finite"  # a NaN or an infinity


@dataclass(frozen=True)
class Update:
    """A participant's trained weights, weighted by its number of samples (1 to 2^29 - 1)."""

    participant: str
    path: Path
    samples: int
    digest: str | None = None


@dataclass(frozen=True)
class Rejection:
    """The verdict on an update that takes no part; `detail` is for people."""

    participant: str
    reason: Reason
    detail: str


def examine(base: Path, update: Update) -> Rejection | None:
    """The first reason to refuse `update`, or None; `WeightsError` if `base` itself is unusable."""
    model = _base(base)

    def refuse(reason: Reason, detail: str) -> Rejection:
        return Rejection(update.participant, reason, detail)

    if update.digest is not None and (found := _sha256(update.path)) != update.digest:
        return refuse(Reason.DIGEST_MISMATCH, f"its SHA-256 is {found}, not {update.digest}")
    try:
        file = TensorFile.open(update.path)
    except WeightsError as error:
        return refuse(Reason.MALFORMED, str(error))
    if difference := _difference(model, file):
        return refuse(Reason.SHAPE_MISMATCH, difference)
    if name := _first_non_finite(file):
        return refuse(Reason.NON_FINITE, f"{name} holds a NaN or an infinity")
    return None


def average(base: Path, updates: Sequence[Update], output: Path) -> None:
    """Write the aggregate of `updates`, in this order, to `output`, in the layout of `base`.

    Every update must have passed `examine`. Holds a few blocks in memory, never a model.
    """
    if not updates:
        raise DataError("nothing to aggregate: no update was accepted")
    for update in updates:
        if not 1 <= update.samples <= MAX_WEIGHT:
            raise DataError(f"{update.participant}: weight {update.samples} not in 1..2^29-1")
    model = _base(base)
    files = [TensorFile.open(update.path) for update in updates]
    maps = [file.bytes_map() for file in files]
    weights = [update.samples for update in updates]
    with output.open("wb") as target:
        base_bytes = model.bytes_map()
        target.write(base_bytes[: model.data_start].tobytes())
        for name in model.in_file_order():
            if model.forms[name].dtype in INTEGERS:
                target.write(base_bytes[slice(*model.spans[name])].tobytes())
            else:
                spans = [file.spans[name] for file in files]
                tensors = [m[slice(*span)] for m, span in zip(maps, spans, strict=True)]
                _write_mean(tensors, weights, target)


def _write_mean(tensors: list[NDArray[np.uint8]], weights: list[int], target: BinaryIO) -> None:
    total = float(sum(weights))  # below 2^53: exact
    for start in range(0, len(tensors[0]), 4 * BLOCK):
        blocks = [tensor[start : start + 4 * BLOCK].view("<f4") for tensor in tensors]
        target.write(weighted_mean(blocks, weights, total).tobytes())


def weighted_mean(
    blocks: Sequence[NDArray[np.float32]], weights: Sequence[int], total: float
) -> NDArray[np.float32]:
    """The formula at the top of this file for one block: arrays of one shape, `total` = sum(n)."""
    accumulator = np.zeros(blocks[0].shape, np.float64)
    product = np.empty_like(accumulator)
    for block, weight in zip(blocks, weights, strict=True):
        np.multiply(block, np.float64(weight), out=product)
        accumulator += product
    accumulator /= total
    return accumulator.astype("<f4")


def _base(path: Path) -> TensorFile:
    model = TensorFile.open(path)
    for name, form in model.forms.items():
        if form.dtype != "F32" and form.dtype not in INTEGERS:
            raise WeightsError(
                f"{path}: {name} is {form.dtype}; aggregation is exact for float32 (F32) only"
            )
    return model


def _difference(model: TensorFile, update: TensorFile) -> str:
    """The first difference in names, shapes or types; empty if there is none."""
    for name in sorted(model.forms.keys() | update.forms.keys()):
        needed, found = model.forms.get(name), update.forms.get(name)
        if needed != found:
            texts = [f"{f.dtype} {list(f.shape)}" if f else "absent" for f in (found, needed)]
            return f"{name} is {texts[0]}, in the base model {texts[1]}"
    return ""


def _first_non_finite(file: TensorFile) -> str | None:
    data = file.bytes_map()
    for name in file.in_file_order():
        if file.forms[name].dtype != "F32":
            continue
        begin, end = file.spans[name]
        for start in range(begin, end, 4 * BLOCK):
            if not np.isfinite(data[start : min(start + 4 * BLOCK, end)].view("<f4")).all():
                return name
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
