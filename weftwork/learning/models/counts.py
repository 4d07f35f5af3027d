"""How many weights torch gives a layer, to count a network without building it."""

from collections.abc import Iterable
from itertools import pairwise


def dense(inputs: int, outputs: int) -> int:
    """A matrix and a bias."""
    return (inputs + 1) * outputs


def denses(widths: Iterable[int]) -> int:
    """A dense layer from each width to the next."""
    return sum(dense(width, following) for width, following in pairwise(widths))


def convolution(inputs: int, outputs: int, window: int) -> int:
    """For each channel of the output `window` numbers (9: 3 x 3) of each of the input; a bias."""
    return (inputs * window + 1) * outputs


def convolutions(channels: Iterable[int], window: int) -> int:
    """A convolution from each number of channels to the next."""
    return sum(convolution(one, following, window) for one, following in pairwise(channels))


def recurrent(gates: int, inputs: int, hidden: int, layers: int) -> int:
    """An LSTM (4 gates) or GRU (3), with torch's two biases: for the input, and for the state."""
    first = gates * hidden * (inputs + hidden + 2)
    return first + (layers - 1) * gates * hidden * (2 * hidden + 2)
