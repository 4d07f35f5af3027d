"""The rule of convolutions against the oracle: every option, and each way to compute it."""

from typing import Any, Literal

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.unit.learning.engine.oracle import check
from weftwork.learning.engine import convolved

Mode = Literal["zeros", "reflect", "circular", "replicate"]
SIZE = st.integers(1, 3)


@given(
    data=st.data(),
    dimensions=st.integers(1, 2),
    n=SIZE,
    groups=st.integers(1, 2),
    channels=SIZE,
    outputs=SIZE,
    bias=st.booleans(),
)
def test_any_shape(
    data: st.DataObject,
    dimensions: int,
    n: int,
    groups: int,
    channels: int,
    outputs: int,
    bias: bool,
) -> None:
    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.integers(low, high)) for _ in range(dimensions))

    kernel, stride, padding, dilation, size = (
        each(1, 3),
        each(1, 2),
        each(0, 2),
        each(1, 2),
        each(1, 7),
    )
    for k, p, d, s in zip(kernel, padding, dilation, size, strict=True):
        assume(s + 2 * p >= d * (k - 1) + 1)
    torch.manual_seed(1)
    kind: Any = nn.Conv1d if dimensions == 1 else nn.Conv2d
    layer = kind(
        channels * groups, outputs * groups, kernel, stride, padding, dilation, groups, bias=bias
    )
    x = torch.randn(n, channels * groups, *size, dtype=torch.float64)
    check(layer.double(), x, torch.randn(n, dtype=torch.float64))


@pytest.mark.parametrize("mode", ["zeros", "reflect", "circular", "replicate"])
@pytest.mark.parametrize("padding", ["valid", "same", 1])
@pytest.mark.parametrize("kernel", [3, (4, 2)])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # torch's own, once
def test_paddings(mode: Mode, padding: str | int, kernel: int) -> None:
    torch.manual_seed(1)
    layer = nn.Conv2d(2, 3, kernel, padding=padding, padding_mode=mode)
    check(layer, torch.randn(3, 2, 6, 7), torch.randn(3))


@pytest.mark.parametrize(
    ("channels", "outputs", "side", "way"),
    [
        (3, 8, 12, "_matrices"),
        (16, 8, 12, "_grouped_blocks"),
        (32, 16, 3, "_norms_by_gram"),
    ],
)
def test_each_way_in_float32(
    channels: int, outputs: int, side: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    own = getattr(convolved.Convolved, way)

    def spied(self: convolved.Convolved, *ab: Tensor) -> object:
        taken.append(way)
        return own(self, *ab)

    monkeypatch.setattr(convolved.Convolved, way, spied)
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(2, channels, 1), nn.ReLU(), nn.Conv2d(channels, outputs, 3, padding=1)
    )
    check(model, torch.randn(40, 2, side, side), torch.randn(40))
    assert taken


def test_gradients_too_large_to_keep_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolved, "KEPT", 0)
    torch.manual_seed(1)
    check(nn.Conv2d(2, 3, 3, stride=2, groups=1), torch.randn(5, 2, 9, 9), torch.randn(5))


def test_inputs_of_any_memory_format() -> None:
    torch.manual_seed(1)
    x = torch.randn(4, 3, 8, 8).to(memory_format=torch.channels_last)
    check(nn.Conv2d(3, 4, 3, padding=1), x, torch.randn(4))
    check(nn.Conv2d(3, 4, 3), x.mT, torch.randn(4))
