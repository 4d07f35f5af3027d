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

__all__ = ["Gru", "Lstm"]

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward = torch.ops.aten.tanh_backward.grad_input


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
        hidden = w_hh.shape[1]
        cells, squashed = torch.empty_like(states), torch.empty_like(states[1:])
        cells[0] = c
        weights = w_hh.t()
        rows = zip(gates, states, states[1:], cells, cells[1:], squashed, strict=False)
        for gate, h_before, h_after, c_before, c_after, tanh_c in rows:
            gate.addmm_(h_before, weights)
            gate[:, : 2 * hidden].sigmoid_()
            gate[:, 3 * hidden :].sigmoid_()
            i, f, g, o = gate.split(hidden, 1)
            g.tanh_()
            torch.mul(f, c_before, out=c_after).addcmul_(i, g)
            torch.mul(o, torch.tanh(c_after, out=tanh_c), out=h_after)
        outputs = states[1:].data
        ctx.save_for_backward(gates, outputs, cells, squashed, w_hh)
        return outputs, cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_outputs: Tensor, d_last: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of gates, h and c; W_hh has none here."""
        gates, _, cells, squashed, w_hh = ctx.saved_tensors
        hidden = w_hh.shape[1]
        dh, dc = torch.zeros_like(d_last), d_last.clone()
        one = torch.empty_like(dc)
        for step in range(len(gates) - 1, -1, -1):
            dh += d_outputs[step]
            gate, tanh_c = gates[step], squashed[step]
            i, f, g, o = gate.split(hidden, 1)
            torch.mul(dh, o, out=one)
            dc += tanh_backward(one, tanh_c, grad_input=one)
            torch.mul(dh, tanh_c, out=one)
            sigmoid_backward(one, o, grad_input=o)
            torch.mul(dc, i, out=one)
            torch.mul(dc, g, out=dh)
            sigmoid_backward(dh, i, grad_input=i)
            tanh_backward(one, g, grad_input=g)
            torch.mul(dc, cells[step], out=one)
            dc *= f
            sigmoid_backward(one, f, grad_input=f)
            torch.mm(gate, w_hh, out=dh)
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
        rows = zip(gates, b_hh, states, states[1:], inner, strict=False)
        for gate, bias, h_before, h_after, u_n in rows:
            u = torch.addmm(bias, h_before, weights)
            gate[:, : 2 * hidden].add_(u[:, : 2 * hidden]).sigmoid_()
            _, z, n = gate.split(hidden, 1)
            u_n.copy_(u[:, 2 * hidden :])
            n.addcmul_(gate[:, :hidden], u_n).tanh_()
            torch.lerp(n, h_before, z, out=h_after)
        outputs = states[1:].data
        ctx.save_for_backward(gates, outputs, states, inner, w_hh)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of gates, b_hh and h; W_hh has none here."""
        gates, _, states, inner, w_hh = ctx.saved_tensors
        hidden = w_hh.shape[1]
        outer = torch.empty_like(gates)  # the gradient of u
        dh = torch.zeros_like(states[0])
        one, kept = torch.empty_like(dh), torch.empty_like(dh)
        for step in range(len(gates) - 1, -1, -1):
            dh += d_outputs[step]
            r, z, n = gates[step].split(hidden, 1)
            d_u = outer[step]
            torch.mul(dh, z, out=kept)  # what goes to the state before
            torch.sub(states[step], n, out=one).mul_(dh)
            sigmoid_backward(one, z, grad_input=z)
            torch.sub(dh, kept, out=dh)
            tanh_backward(dh, n, grad_input=n)
            torch.mul(n, inner[step], out=one)
            torch.mul(n, r, out=d_u[:, 2 * hidden :])
            sigmoid_backward(one, r, grad_input=r)
            d_u[:, : 2 * hidden] = gates[step][:, : 2 * hidden]
            torch.addmm(kept, d_u, w_hh, out=dh)
        return gates, outer, dh, None, None


def _begin(gates: Tensor, h: Tensor, before: list[Tensor]) -> tuple[Tensor, Tensor]:
    """`gates` to be overwritten, and states (T + 1, n, H) that begin with h."""
    states = gates.new_empty(len(gates) + 1, *h.shape)
    states[0] = h
    before.append(states[:-1])
    return gates.data, states  # what autograd knows as `gates` has no use for its values
