"""LSTM and GRU: the layer's own outputs and states, and gradients against the oracle."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.unit.learning.engine.oracle import check
from weftwork.learning.engine import GradientEngine
from weftwork.learning.engine.capture import Tape, captured
from weftwork.learning.engine.rules import rule_for
from weftwork.learning.errors import UnsupportedLayerError

KINDS: dict[str, Any] = {"lstm": nn.LSTM, "gru": nn.GRU}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


class Recurrent(nn.Module):
    """Reads everything that the layer gives: its outputs and its last states."""

    def __init__(self, layer: nn.Module, *, given: bool = False) -> None:
        super().__init__()
        self.layer: Any = layer
        self.before = nn.Linear(layer.input_size, layer.input_size)  # type: ignore[arg-type]
        self.given = given

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        output, last = self.layer(*self._inputs(x))
        lasts = last if isinstance(last, tuple) else (last,)
        return torch.cat([output.flatten(1), *(one.transpose(0, 1).flatten(1) for one in lasts)], 1)

    def _inputs(self, x: Tensor) -> tuple[Any, ...]:
        if not self.given:
            return (x,)
        rows = self.layer.num_layers * (1 + self.layer.bidirectional)
        h = x.mean(1).sum(1)[None, :, None].expand(rows, -1, self.layer.hidden_size).contiguous()
        return (x, (h, h * h)) if isinstance(self.layer, nn.LSTM) else (x, h)


@kinds
@given(
    n=st.integers(1, 4),
    steps=st.integers(1, 5),
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 4),
    layers=st.integers(1, 3),
    bias=st.booleans(),
    both=st.booleans(),
    given_states=st.booleans(),
)
def test_any_shape(
    kind: Any,
    n: int,
    steps: int,
    inputs: int,
    hidden: int,
    layers: int,
    bias: bool,
    both: bool,
    given_states: bool,
) -> None:
    torch.manual_seed(1)
    layer = kind(inputs, hidden, layers, bias=bias, bidirectional=both, batch_first=True)
    model = Recurrent(layer, given=given_states).double()
    x = torch.randn(n, steps, inputs, dtype=torch.float64)
    check(model, x, torch.randn(n, dtype=torch.float64))


@kinds
def test_in_float32_over_many_steps(kind: Any) -> None:
    torch.manual_seed(1)
    model = Recurrent(kind(8, 32, 2, batch_first=True))
    check(model, torch.randn(6, 40, 8), torch.randn(6))


@kinds
@pytest.mark.parametrize("batch_first", [True, False])
def test_outputs_are_the_layers_own(kind: Any, batch_first: bool) -> None:
    torch.manual_seed(1)
    layer = kind(3, 5, 2, batch_first=batch_first, bidirectional=True)
    x = torch.randn(4, 6, 3) if batch_first else torch.randn(6, 4, 3)
    rule = rule_for(layer)
    assert rule
    with captured({"": rule}, Tape(4, x.device)):
        output, last = layer(x)
    own_output, own_last = layer(x)
    torch.testing.assert_close(output, own_output)
    torch.testing.assert_close(last, own_last)


@kinds
def test_time_first(kind: Any) -> None:
    class TimeFirst(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer: Any = kind(3, 4)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.layer(x.transpose(0, 1))[0]
            return output.transpose(0, 1)

    torch.manual_seed(1)
    check(TimeFirst(), torch.randn(5, 7, 3), torch.randn(5))


@kinds
def test_samples_in_the_place_of_time_are_refused(kind: Any) -> None:
    """batch_first forgotten: the samples would be the steps of one sequence."""
    torch.manual_seed(1)
    model = Recurrent(kind(3, 4))
    engine = GradientEngine(model, lambda output, y: output.flatten(1).sum(1) - y)
    with pytest.raises(UnsupportedLayerError, match=r"layer layer: what .*batch_first=True"):
        engine.clipped(torch.randn(5, 5, 3), torch.zeros(5), 1.0)
    with pytest.raises(UnsupportedLayerError, match=r"layer layer: its output has shape"):
        engine.clipped(torch.randn(5, 6, 3), torch.zeros(5), 1.0)


@kinds
def test_dropout_between_layers_only(kind: Any) -> None:
    """With half of the inner states dropped, a sample's norm is that of a thinned network."""
    torch.manual_seed(1)
    model = Recurrent(kind(3, 64, 2, dropout=0.5, batch_first=True))
    engine = GradientEngine(model, lambda output, y: (output.sum(1) - y) ** 2)
    x, y = torch.randn(4, 5, 3), torch.zeros(4)
    first, second = (engine.clipped(x, y, 1.0).norms for _ in range(2))
    assert not torch.equal(first, second)
    model.eval()
    assert torch.equal(*(engine.clipped(x, y, 1.0).norms for _ in range(2)))
    check(model, x, y)


@kinds
def test_some_weights_frozen(kind: Any) -> None:
    torch.manual_seed(1)
    model = Recurrent(kind(3, 4, 2, batch_first=True))
    for name in ("weight_hh_l0", "bias_ih_l1"):
        model.layer.get_parameter(name).requires_grad_(False)
    check(model, torch.randn(5, 6, 3), torch.randn(5))


@kinds
def test_called_again(kind: Any) -> None:
    torch.manual_seed(1)
    layer = kind(4, 4, batch_first=True)

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer: Any = layer

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.layer(self.layer(x)[0])[0]
            return output

    check(Twice(), torch.randn(5, 6, 4), torch.randn(5))


def test_what_has_no_rule_is_refused() -> None:
    model = Recurrent(nn.LSTM(3, 4, proj_size=2))
    with pytest.raises(UnsupportedLayerError, match=r"layer \(LSTM\): has no rule for proj_size"):
        GradientEngine(model, lambda output, y: output.sum(1) - y)
    packed = nn.utils.rnn.pack_sequence([torch.randn(3, 3), torch.randn(2, 3)])
    layer = nn.GRU(3, 4)
    rule = rule_for(layer)
    assert rule
    tape = Tape(2, torch.device("cpu"))
    with captured({"": rule}, tape), pytest.raises(UnsupportedLayerError, match="padded"):
        layer(packed)


@kinds
def test_outputs_changed_in_place_are_noticed(kind: Any) -> None:
    class Changed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer: Any = kind(3, 4, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = self.layer(x)[0]
            return output.relu_()

    engine = GradientEngine(Changed(), lambda output, y: output.flatten(1).sum(1) - y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        engine.clipped(torch.randn(5, 6, 3), torch.zeros(5), 1.0)
