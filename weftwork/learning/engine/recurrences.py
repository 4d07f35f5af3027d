"""LSTM and GRU over time, written so that the gradients of their gates can be had.

Shapes, time first: T steps, n samples, H hidden numbers. Both take the inputs' part of the gates,
`gates = x W_ih^T + b` for all steps at once, and the state before the first step; the gradient
that they return for `gates` is what the weights' gradients are made of. (Fused kernels keep it to
themselves. The products of each step are as fast here, and so is the whole.)

LSTM: i, f, o = sigmoid(.), g = tanh(.) of `gates_t + h W_hh^T`; c' = f c + i g; h' = o tanh(c').
GRU: r, z = sigmoid(gates + u), n = tanh(gates_n + r u_n) with u = h W_hh^T + b_hh;
h' = (1 - z) n + z h.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from weftwork.learning.engine.cells import lstm_cell, sigmoid_backward, tanh_backward
from weftwork.learning.engine.products import multiplier

__all__ = ["Gru", "Lstm"]


class Lstm(Function):
    """(gates (T, n, 4H), h (n, H), c (n, H), W_hh (4H, H)) -> (outputs (T, n, H), last c).

    What the outputs' memory begins with, h and then the outputs but the last, goes to `before`:
    the states (T, n, H) that each step began with. `gates` is overwritten, with the gates' values
    and then their gradients.
    """

    @staticmethod
    def forward(
        ctx: Any, gates: Tensor, h: Tensor, c: Tensor, w_hh: Tensor, before: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Step by step, in place."""
        gates, states = _begin(gates, h, before)
        outputs, times_w_hh = states[1:].data, multiplier(w_hh, len(h))
        cells, squashed = torch.empty_like(states), torch.empty_like(outputs)
        cells[0] = c
        cell = lstm_cell(gates, cells, squashed, outputs)
        for t in range(len(gates)):
            cell.forward(t, times_w_hh(states[t]))
        ctx.save_for_backward(gates, cells, squashed, outputs, w_hh)
        return outputs, cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_outputs: Tensor, d_last: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of gates, h and c; W_hh has none here."""
        *buffers, w_hh = ctx.saved_tensors
        gates = buffers[0]
        cell = lstm_cell(*buffers)
        dh, dc = torch.zeros_like(d_last), d_last.clone()
        back = multiplier(w_hh.t(), len(dh))
        for t in range(len(gates) - 1, -1, -1):
            cell.backward(t, dh.add_(d_outputs[t]), dc)
            dh = back(gates[t])
        return gates, dh, dc, None, None


class Gru(Function):
    """(gates (T, n, 3H), b_hh (T, n, 3H), h (n, H), W_hh (3H, H)) -> outputs (T, n, H).

    b_hh is a bias for each step and sample, since the gradient that W_hh is made of is not that
    of `gates`: it is returned as b_hh's. `before` and `gates` as for `Lstm`.
    """

    @staticmethod
    def forward(
        ctx: Any, gates: Tensor, b_hh: Tensor, h: Tensor, w_hh: Tensor, before: list[Tensor]
    ) -> Tensor:
        """Step by step, in place."""
        gates, states = _begin(gates, h, before)
        hidden = w_hh.shape[1]
        inner = torch.empty_like(states[1:])  # u_n
        weights = w_hh.t()
        both = gates[..., : 2 * hidden].unbind()  # r and z
        r, z, n = (one.unbind() for one in torch.split(gates, hidden, 2))
        hs, u_n, biases = states.unbind(), inner.unbind(), b_hh.unbind()
        for t in range(len(hs) - 1):
            u = torch.addmm(biases[t], hs[t], weights)
            both[t].add_(u[:, : 2 * hidden]).sigmoid_()
            u_n[t].copy_(u[:, 2 * hidden :])
            n[t].addcmul_(r[t], u_n[t]).tanh_()
            torch.lerp(n[t], hs[t], z[t], out=hs[t + 1])
        outputs = states[1:].data
        ctx.save_for_backward(gates, outputs, states, inner, w_hh)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of gates, b_hh and h; W_hh has none here."""
        gates, _, states, inner, w_hh = ctx.saved_tensors
        hidden = w_hh.shape[1]
        both = gates[..., : 2 * hidden].unbind()
        r, z, n = (one.unbind() for one in torch.split(gates, hidden, 2))
        hs, u_n = states.unbind(), inner.unbind()
        outer = torch.empty_like(gates)  # the gradient of u
        dh = torch.zeros_like(hs[0])
        one, kept = torch.empty_like(dh), torch.empty_like(dh)
        for t in range(len(u_n) - 1, -1, -1):
            dh += d_outputs[t]
            torch.mul(dh, z[t], out=kept)  # what goes to the state before
            torch.sub(hs[t], n[t], out=one).mul_(dh)
            sigmoid_backward(one, z[t], grad_input=z[t])
            dh -= kept
            tanh_backward(dh, n[t], grad_input=n[t])
            torch.mul(n[t], u_n[t], out=one)
            sigmoid_backward(one, r[t], grad_input=one)
            torch.mul(n[t], r[t], out=outer[t, :, 2 * hidden :])
            r[t].copy_(one)
            outer[t, :, : 2 * hidden] = both[t]
            torch.addmm(kept, outer[t], w_hh, out=dh)
        return gates, outer, dh, None, None


def _begin(gates: Tensor, h: Tensor, before: list[Tensor]) -> tuple[Tensor, Tensor]:
    """`gates` to be overwritten, and states (T + 1, n, H) that begin with h."""
    states = gates.new_empty(len(gates) + 1, *h.shape)
    states[0] = h
    before.append(states[:-1])
    return gates.data, states  # what autograd knows as `gates` has no use for its values
