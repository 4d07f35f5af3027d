"""The two ways to take an LSTM's step: equal to each other and to the definition, NaN included."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.unit.learning.engine.oracle import check
from weftwork.learning.engine import cells, products
from weftwork.learning.engine.cells import Cell, CompiledCell, TorchCell, compiled

SIZE = st.integers(1, 20)


def buffers(samples: int, hidden: int) -> list[Tensor]:
    """Two steps: gates, cells, squashed, outputs."""
    torch.manual_seed(1)
    cells_before = torch.zeros(3, samples, hidden)
    cells_before[0] = torch.randn(samples, hidden)
    gates = torch.randn(2, samples, 4 * hidden) * 3
    return [gates, cells_before, *torch.zeros(2, 2, samples, hidden).unbind()]


def compiled_cell(*given_buffers: Tensor) -> CompiledCell:
    kernels = compiled()
    assert kernels
    return CompiledCell(kernels, *given_buffers)


def run(make: Any, samples: int, hidden: int) -> list[Tensor]:
    """Everything that two steps forth and one back leave."""
    there = buffers(samples, hidden)
    cell: Cell = make(*there)
    for t in range(2):
        cell.forward(t, torch.randn(samples, 4 * hidden))
    between = [one.clone() for one in there]
    dh, dc = torch.randn(samples, hidden), torch.randn(samples, hidden)
    cell.backward(1, dh, dc)
    return [*between, *there, dc]


@given(samples=SIZE, hidden=SIZE)
def test_compiled_or_not_makes_no_difference(samples: int, hidden: int) -> None:
    for ours, torchs in zip(
        run(compiled_cell, samples, hidden), run(TorchCell, samples, hidden), strict=True
    ):
        torch.testing.assert_close(ours, torchs, rtol=1e-5, atol=5e-6)


def test_the_fitted_tanh_is_within_four_parts_in_ten_million() -> None:
    x = torch.cat([torch.linspace(-12, 12, 40_001), torch.tensor([1e-30, 1e4, -1e30, math.inf])])
    gates = torch.zeros(1, 1, 4 * len(x))
    gates[0, 0, 2 * len(x) : 3 * len(x)] = x
    there = [gates, torch.zeros(2, 1, len(x)), *torch.zeros(2, 1, 1, len(x)).unbind()]
    compiled_cell(*there).forward(0, torch.zeros(1, 4 * len(x)))
    found = gates[0, 0, 2 * len(x) : 3 * len(x)].double()
    torch.testing.assert_close(found, x.double().tanh(), rtol=4e-7, atol=0)


@pytest.mark.parametrize("make", [compiled_cell, TorchCell])
def test_what_is_no_number_stays_so(make: Any) -> None:
    there = buffers(2, 3)
    there[0][0, 0, 0] = math.nan
    make(*there).forward(0, torch.zeros(2, 12))
    assert there[3][0, 0, 0].isnan()
    assert there[3][0].isnan().sum() == 1


@pytest.mark.parametrize(
    ("threads", "samples", "dtype", "kind"),
    [
        (1, 2, torch.float32, CompiledCell),
        (1, 2, torch.float64, TorchCell),
        (4, 2, torch.float32, CompiledCell),
        (4, 2**15, torch.float32, TorchCell),
        (1, 2**15, torch.float32, CompiledCell),
    ],
)
def test_which_cell_is_taken(
    threads: int,
    samples: int,
    dtype: torch.dtype,
    kind: type[Cell],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    sizes = (16, 4, 4, 4)
    there = [torch.zeros(2, samples, size, dtype=dtype) for size in sizes]
    assert type(cells.lstm_cell(*there)) is kind


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_without_numba_and_onednn(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "compiled", lambda: None)
    monkeypatch.setattr(products, "_by_onednn", lambda x: False)

    class Outputs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer: Any = kind(3, 5, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.layer(x)[0]
            return output

    torch.manual_seed(1)
    check(Outputs(), torch.randn(4, 6, 3), torch.randn(4))
