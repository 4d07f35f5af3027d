"""Whether an update may take part: its bytes, layout and numbers, in one pass over the file."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weftwork.learning.aggregation.layout import Base, Layout, Update, first_difference
from weftwork.learning.errors import WeightsError
from weftwork.learning.tensorfile import TensorFile

__all__ = ["Reason", "Rejection", "examine"]

CHUNK = 1 << 20  # bytes: hashed and looked through while they are in the cache


class Reason(StrEnum):
    """Why an update takes no part in an aggregate; the words are the ledger's.

    `examine` finds what a file alone shows; `weftwork.learning.judging` finds the others.
    """

    BAD_SIGNATURE = "bad-signature"  # it is not signed by its provider
    LATE = "late"  # its bytes were not there in time
    DIGEST_MISMATCH = "digest-mismatch"  # the bytes are not those that were submitted
    MALFORMED = "malformed"  # no safetensors file, or one that does not say whose it is
    SHAPE_MISMATCH = "shape-mismatch"  # other names, shapes or types than the task's
    NON_FINITE = "non-finite"  # a NaN or an infinity
    NORM_OUTLIER = "norm-outlier"  # moved much further, or less far, than the round's others
    DUPLICATE = "duplicate"  # a copy: of another's, of the last round, or of the global model
    HARMFUL = "harmful"  # makes the round's mean worse, far more than honest ones do


@dataclass(frozen=True)
class Rejection:
    """The verdict on an update that takes no part; `detail` is for people."""

    participant: str
    reason: Reason
    detail: str


def examine(base: Path, update: Update, layout: Layout = Layout()) -> Rejection | None:  # noqa: B008 - frozen
    """The first reason to refuse `update`, or None; `WeightsError` if `base` itself is unusable."""
    needed = Base.open(base, layout).update

    def refuse(reason: Reason, detail: str) -> Rejection:
        return Rejection(update.participant, reason, detail)

    try:
        file = TensorFile.open(update.path)
    except WeightsError as error:
        return _other_bytes(update, _sha256(update.path)) or refuse(Reason.MALFORMED, str(error))
    digest, non_finite = _read(file, hashing=update.digest is not None)
    if other := _other_bytes(update, digest):
        return other
    if difference := first_difference(needed, file.forms):
        return refuse(Reason.SHAPE_MISMATCH, difference)
    if non_finite:
        return refuse(Reason.NON_FINITE, f"{non_finite} holds a NaN or an infinity")
    return None


def _other_bytes(update: Update, found: str) -> Rejection | None:
    if update.digest in (None, found):
        return None
    detail = f"its SHA-256 is {found}, not {update.digest}"
    return Rejection(update.participant, Reason.DIGEST_MISMATCH, detail)


def _read(file: TensorFile, *, hashing: bool) -> tuple[str, str]:
    """The file's SHA-256 (empty unless asked for), and its first tensor that is not finite."""
    digest, non_finite = hashlib.sha256(), ""
    for name, chunk in _chunks(file):
        if hashing:
            digest.update(chunk.data)
        floats = name in file.forms and file.forms[name].dtype == "F32"
        if floats and not non_finite and not np.isfinite(chunk.view("<f4")).all():
            non_finite = name
    return digest.hexdigest() if hashing else "", non_finite


def _chunks(file: TensorFile) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """All bytes of the file in order: the header, and the tensors, which leave no gaps."""
    data = file.bytes_map()
    yield "", data[: file.data_start]
    for name in file.in_file_order():
        begin, end = file.spans[name]
        for start in range(begin, end, CHUNK):
            yield name, data[start : min(start + CHUNK, end)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
