"""The rule of linear layers against the oracle, on any shape."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.unit.learning.engine.oracle import check
from weftwork.learning.engine.contributions import gram_is_cheaper

SIZE = st.integers(1, 6)


@given(n=SIZE, steps=st.lists(SIZE, max_size=2), inputs=SIZE, outputs=SIZE, bias=st.booleans())
def test_any_shape(n: int, steps: list[int], inputs: int, outputs: int, bias: bool) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(inputs, 4, bias=bias), nn.Tanh(), nn.Linear(4, outputs, bias=bias)
    ).double()
    x, y = torch.randn(n, *steps, inputs, dtype=torch.float64), torch.randn(n, dtype=torch.float64)
    check(model, x, y)


@pytest.mark.parametrize("steps", [1, 7, 60])
def test_each_form_in_float32(steps: int) -> None:
    torch.manual_seed(1)
    check(nn.Linear(20, 30), torch.randn(5, steps, 20), torch.randn(5))


def test_the_forms_are_chosen_by_what_they_cost() -> None:
    assert gram_is_cheaper(7, 20, 30)
    assert not gram_is_cheaper(60, 20, 30)
    assert gram_is_cheaper(80, 512, 1024)  # two matrices of an LSTM


@pytest.mark.parametrize("frozen", ["weight", "bias"])
def test_a_frozen_parameter_is_left_out(frozen: str) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    model[2].get_parameter(frozen).requires_grad_(False)
    result = check(model, torch.randn(5, 3), torch.randn(5))
    assert result.gradient.shape == (16 + (2 if frozen == "weight" else 8),)
