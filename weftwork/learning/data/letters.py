"""Text as LEAF's Shakespeare has it: 80 characters, each with its number.

A sample is a sequence of characters, its class the one that comes next (Caldas et al. 2018).
"""

import re

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["ALPHABET", "numbered", "one_line", "sequences"]

ALPHABET = "\n !\"&'(),-.0123456789:;>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz}"

_NUMBERS = np.full(128, -1, np.int64)
_NUMBERS[[ord(letter) for letter in ALPHABET]] = np.arange(len(ALPHABET))


def numbered(text: str) -> NDArray[np.int64]:
    """(len(text),): the number of each character in the alphabet; -1 where it has none."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.where(codes < len(_NUMBERS), _NUMBERS[np.minimum(codes, 127)], -1)


def one_line(text: str) -> str:
    """As LEAF does, a line's end counts as a space, and spaces that follow each other as one."""
    return re.sub(r" {2,}", " ", text.replace("\n", " "))


def sequences(numbers: NDArray[np.int64], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Every sequence of `length` numbers, (n, length), and the number after each, (n,)."""
    if len(numbers) <= length:
        return np.empty((0, length), np.int64), np.empty(0, np.int64)
    views = sliding_window_view(numbers, length + 1)
    return views[:, :-1], views[:, -1]
