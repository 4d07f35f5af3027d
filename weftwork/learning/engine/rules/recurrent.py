"""LSTM and GRU: any number of layers, one or two directions, dropout between layers.

The gates of all steps come from one product; their gradient, tapped there, is what the weights'
gradients are made of (`recurrences`).
"""

from abc import abstractmethod
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from weftwork.learning.engine.capture import Tape
from weftwork.learning.engine.contributions import Outer
from weftwork.learning.engine.products import product
from weftwork.learning.engine.recurrences import Gru, Lstm
from weftwork.learning.engine.rules.rule import Rule, detached
from weftwork.learning.errors import UnsupportedLayerError

__all__ = ["GruRule", "LstmRule"]


class RecurrentRule(Rule):
    """(n, T, p) -> (n, T, H) and the last states, or time first."""

    def problem(self) -> str:
        """Projections are another recurrence."""
        return "has no rule for proj_size; use 0" if self.layer.proj_size else ""

    def forward(self, tape: Tape, *inputs: Any, **options: Any) -> Any:
        """The output and the last state(s), as the layer's own, always in full precision."""
        device = self.layer.weight_ih_l0.device
        with torch.autocast(device.type, enabled=False):
            return self._forward(tape, *inputs, **options)

    def _forward(self, tape: Tape, input: Any, hx: Any = None) -> Any:  # noqa: A002 (torch's name)
        if not isinstance(input, Tensor) or input.dim() != 3:
            raise UnsupportedLayerError(
                f"layer {tape.layer}: takes a batch of padded sequences (three dimensions) only"
            )
        x = input.transpose(0, 1) if self.layer.batch_first else input
        x = x.to(self.layer.weight_ih_l0.dtype)
        first = self._first_states(x, hx)
        lasts: list[list[Tensor]] = []
        for number in range(self.layer.num_layers):
            if number and self.layer.dropout:
                x = functional.dropout(x, self.layer.dropout, self.layer.training)
            x = self._layer(tape, number, x.contiguous(), first, lasts)
        last = tuple(torch.stack(column) for column in zip(*lasts, strict=True))
        output = x.transpose(0, 1) if self.layer.batch_first else x
        return output, self._last(last)

    def _layer(
        self, tape: Tape, number: int, x: Tensor, first: Any, lasts: list[list[Tensor]]
    ) -> Tensor:
        """One layer, in each of its directions."""
        outputs = []
        for suffix in ("", "_reverse")[: 1 + self.layer.bidirectional]:
            before = [one[len(lasts)] for one in first]
            turned = x.flip(0) if suffix else x
            output, *last = self._run(tape, f"_l{number}{suffix}", turned, before)
            outputs.append(output.flip(0) if suffix else output)
            lasts.append([output[-1], *last])
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=2)

    def _parameters(self, suffix: str) -> list[Any]:
        """W_ih, W_hh, b_ih, b_hh of a layer and direction; biases are None without `bias`."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return [getattr(self.layer, name + suffix, None) for name in names]

    def _zeros(self, x: Tensor) -> Tensor:
        layers = self.layer.num_layers * (1 + self.layer.bidirectional)
        return x.new_zeros(layers, x.shape[1], self.layer.hidden_size)

    @abstractmethod
    def _first_states(self, x: Tensor, hx: Any) -> list[Tensor]:
        """Each of the states (layers, n, H) before the first step; zeros where none are given."""

    @abstractmethod
    def _last(self, last: tuple[Tensor, ...]) -> Any:
        """The last states as the layer gives them."""

    @abstractmethod
    def _run(self, tape: Tape, suffix: str, x: Tensor, first: list[Tensor]) -> tuple[Tensor, ...]:
        """One direction of one layer over x (T, n, p): outputs (T, n, H), other last states."""


class LstmRule(RecurrentRule):
    """States h and c; all four parameters share the gradient of the gates."""

    types = (nn.LSTM,)

    def _first_states(self, x: Tensor, hx: Any) -> list[Tensor]:
        return list(hx) if hx is not None else [self._zeros(x)] * 2

    def _last(self, last: tuple[Tensor, ...]) -> Any:
        return last

    def _run(self, tape: Tape, suffix: str, x: Tensor, first: list[Tensor]) -> tuple[Tensor, ...]:
        w_ih, w_hh, b_ih, b_hh = self._parameters(suffix)
        bias = None if b_ih is None else b_ih.detach() + b_hh.detach()
        a = x.detach().transpose(0, 1)
        states: list[Tensor] = []

        def collect(b: Tensor) -> Outer:
            h = states[0].transpose(0, 1)
            return Outer([(w_ih, a), (w_hh, h), (b_ih, None), (b_hh, None)], b)

        gates = tape.tap(product(x, w_ih.detach(), bias), collect, a, batch=1)
        run = Lstm.apply(gates, *first, w_hh.detach(), states)  # type: ignore[no-untyped-call]
        return tuple(run)


class GruRule(RecurrentRule):
    """State h; the new gate sees the old state through the reset gate, and so has two gradients."""

    types = (nn.GRU,)

    def _first_states(self, x: Tensor, hx: Any) -> list[Tensor]:
        return [hx if hx is not None else self._zeros(x)]

    def _last(self, last: tuple[Tensor, ...]) -> Any:
        return last[0]

    def _run(self, tape: Tape, suffix: str, x: Tensor, first: list[Tensor]) -> tuple[Tensor, ...]:
        w_ih, w_hh, b_ih, b_hh = self._parameters(suffix)
        a = x.detach().transpose(0, 1)
        states: list[Tensor] = []

        def collect(b: Tensor) -> Outer:
            h = states[0].transpose(0, 1)
            return Outer([(w_hh, h), (b_hh, None)], b)

        gates = tape.tap(
            functional.linear(x, w_ih.detach(), detached(b_ih)),
            partial(Outer, [(w_ih, a), (b_ih, None)]),
            a,
            batch=1,
        )
        inner = x.new_zeros(len(w_hh)) if b_hh is None else b_hh.detach()
        inner = tape.tap(inner.expand(*x.shape[:2], -1), collect, batch=1)
        run = Gru.apply(gates, inner, *first, w_hh.detach(), states)  # type: ignore[no-untyped-call]
        return (run,)
