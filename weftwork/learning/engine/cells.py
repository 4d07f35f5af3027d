"""What an LSTM does with its gates at one step, forth and back: number by number, no products.

Shapes: T steps, n samples, H hidden numbers. `gates` (T, n, 4H) holds i, f, g, o side by side: what
is to be squashed, then the gates, then their gradients. `cells` (T + 1, n, H) is c before the first
step and after each, `squashed` (T, n, H) tanh(c) after each, `outputs` (T, n, H) h.

torch takes a pass over memory for each operation, 20 in all; compiled by numba it is one each way.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "Cell",
    "CompiledCell",
    "TorchCell",
    "compiled",
    "lstm_cell",
    "sigmoid_backward",
    "tanh_backward",
]

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward = torch.ops.aten.tanh_backward.grad_input

F32 = np.float32

# Below as many numbers, torch does not divide an operation between threads either.
SERIAL = 2**15


class Cell(Protocol):
    """The steps of one run through time, over buffers that it is made with."""

    def forward(self, t: int, inner: Tensor) -> None:
        """From gates[t] + inner (n, 4H) and cells[t]: gates, cells[t + 1], squashed, outputs."""

    def backward(self, t: int, dh: Tensor, dc: Tensor) -> None:
        """From dh and dc (n, H) after step t: the gates' gradients, and dc before it."""


def lstm_cell(gates: Tensor, cells: Tensor, squashed: Tensor, outputs: Tensor) -> Cell:
    """The faster cell for these buffers."""
    alone = torch.get_num_threads() == 1 or outputs[0].numel() < SERIAL
    if alone and gates.device.type == "cpu" and gates.dtype == torch.float32:
        kernels = compiled()
        if kernels:
            return CompiledCell(kernels, gates, cells, squashed, outputs)
    return TorchCell(gates, cells, squashed, outputs)


class TorchCell:
    """By torch, on any device."""

    def __init__(self, gates: Tensor, cells: Tensor, squashed: Tensor, outputs: Tensor) -> None:
        hidden = cells.shape[2]
        self._gates = gates
        self._i, self._f, self._g, self._o = (one.unbind() for one in torch.split(gates, hidden, 2))
        self._i_and_f = gates[..., : 2 * hidden].unbind()
        self._cells, self._squashed = cells.unbind(), squashed.unbind()
        self._outputs = outputs.unbind()
        self._one = torch.empty_like(cells[0])

    def forward(self, t: int, inner: Tensor) -> None:
        """As `Cell`."""
        self._gates[t] += inner
        self._i_and_f[t].sigmoid_()
        self._g[t].tanh_()
        self._o[t].sigmoid_()
        torch.mul(self._f[t], self._cells[t], out=self._cells[t + 1])
        self._cells[t + 1].addcmul_(self._i[t], self._g[t])
        torch.tanh(self._cells[t + 1], out=self._squashed[t])
        torch.mul(self._o[t], self._squashed[t], out=self._outputs[t])

    def backward(self, t: int, dh: Tensor, dc: Tensor) -> None:
        """As `Cell`."""
        i, f, g, o, one = self._i[t], self._f[t], self._g[t], self._o[t], self._one
        torch.mul(dh, o, out=one)
        dc += tanh_backward(one, self._squashed[t], grad_input=one)
        torch.mul(dh, self._squashed[t], out=one)
        sigmoid_backward(one, o, grad_input=o)
        di = dc * g
        torch.mul(dc, i, out=one)
        sigmoid_backward(di, i, grad_input=i)
        tanh_backward(one, g, grad_input=g)
        torch.mul(dc, self._cells[t], out=one)
        dc *= f
        sigmoid_backward(one, f, grad_input=f)


class Kernels(NamedTuple):
    """The two steps, on numpy arrays."""

    forward: Callable[..., None]
    backward: Callable[..., None]


class CompiledCell:
    """By numba, on a CPU in float32 and by one thread."""

    def __init__(
        self, kernels: Kernels, gates: Tensor, cells: Tensor, squashed: Tensor, outputs: Tensor
    ) -> None:
        self._kernels = kernels
        self._buffers = tuple(one.numpy() for one in (gates, cells, squashed, outputs))

    def forward(self, t: int, inner: Tensor) -> None:
        """As `Cell`."""
        self._kernels.forward(*self._buffers, inner.numpy(), t)

    def backward(self, t: int, dh: Tensor, dc: Tensor) -> None:
        """As `Cell`."""
        self._kernels.backward(*self._buffers[:3], dh.numpy(), dc.numpy(), t)


@cache
def compiled() -> Kernels | None:
    """The kernels; None where there is no numba that works.

    Compiling takes two seconds, once a process. A product and a sum may be rounded once.
    """
    try:
        from numba import float32, int64, njit, void
    except ImportError:
        return None
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}
    three, two = float32[:, :, ::1], float32[:, ::1]
    squash = njit(float32(float32), inline="always", **options)(_tanh)
    forward = njit(void(three, three, three, three, two, int64), **options)
    backward = njit(void(three, three, three, two, two, int64), **options)
    return Kernels(forward(_forward_step(squash)), backward(_backward_step))


def _tanh(x: Any) -> Any:
    """A rational function fitted to tanh on [-9, 9], within 4e-7 of it there and beyond."""
    x = F32(9) if x > F32(9) else x  # and not min(): NaN must stay NaN
    x = F32(-9) if x < F32(-9) else x
    s = x * x
    p = F32(2.06093055e-05) + s * F32(1.33549145e-08)
    p = F32(0.999999979) + s * (F32(0.133810393) + s * (F32(0.00349560357) + s * p))
    q = F32(0.000328565873) + s * F32(7.77667367e-07)
    q = F32(1) + s * (F32(0.467143549) + s * (F32(0.025877043) + s * q))
    return x * p / q


def _forward_step(tanh: Any) -> Callable[..., None]:
    """The kernel around `tanh`. One loop for each result: only so are they vector instructions."""

    def forward(gates: Any, cells: Any, squashed: Any, outputs: Any, inner: Any, t: int) -> None:
        samples, hidden = cells.shape[1:]
        half = F32(0.5)
        for n in range(samples):
            row, u, c, c_after = gates[t, n], inner[n], cells[t, n], cells[t + 1, n]
            tanh_c, h = squashed[t, n], outputs[t, n]
            i, f = row[:hidden], row[hidden : 2 * hidden]
            g, o = row[2 * hidden : 3 * hidden], row[3 * hidden :]
            for k in range(hidden):
                i[k] = half + half * tanh(half * (i[k] + u[k]))
            for k in range(hidden):
                f[k] = half + half * tanh(half * (f[k] + u[hidden + k]))
            for k in range(hidden):
                g[k] = tanh(g[k] + u[2 * hidden + k])
            for k in range(hidden):
                o[k] = half + half * tanh(half * (o[k] + u[3 * hidden + k]))
            for k in range(hidden):
                c_after[k] = f[k] * c[k] + i[k] * g[k]
            for k in range(hidden):
                tanh_c[k] = tanh(c_after[k])
            for k in range(hidden):
                h[k] = o[k] * tanh_c[k]

    return forward


def _backward_step(gates: Any, cells: Any, squashed: Any, dh: Any, dc: Any, t: int) -> None:
    samples, hidden = cells.shape[1:]
    one = F32(1)
    for n in range(samples):
        row, c, tanh_c, dhs, d = gates[t, n], cells[t, n], squashed[t, n], dh[n], dc[n]
        i, f = row[:hidden], row[hidden : 2 * hidden]
        g, o = row[2 * hidden : 3 * hidden], row[3 * hidden :]
        for k in range(hidden):
            d[k] += dhs[k] * o[k] * (one - tanh_c[k] * tanh_c[k])
        for k in range(hidden):
            o[k] = dhs[k] * tanh_c[k] * o[k] * (one - o[k])
        for k in range(hidden):
            was = i[k]
            i[k] = d[k] * g[k] * was * (one - was)
            g[k] = d[k] * was * (one - g[k] * g[k])
        for k in range(hidden):
            was = f[k]
            f[k] = d[k] * c[k] * was * (one - was)
            d[k] *= was
