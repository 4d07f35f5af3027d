"""What the engine's results must be: each sample alone, through plain autograd."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from weftwork.learning.engine import Clipped, GradientEngine, Loss

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


@dataclass
class Expected:
    gradients: Tensor  # (n, numbers)

    @property
    def norms(self) -> Tensor:
        return self.gradients.square().sum(1).sqrt()

    def clipped(self, threshold: float) -> Tensor:
        factors = (threshold / self.norms).clamp(max=1.0)
        return (self.gradients * factors[:, None]).sum(0)


def squares(output: Tensor, y: Tensor) -> Tensor:
    """(n, ...) -> (n,): a loss for outputs of any shape; y (n,) makes every sample's its own."""
    return ((output.flatten(1) - y[:, None]) ** 2).sum(1)


def classes(output: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(output, y, reduction="none")


def expected(model: nn.Module, loss: Loss, x: Tensor, y: Tensor) -> Expected:
    weights = [one for one in model.parameters() if one.requires_grad]
    rows = []
    for index in range(len(x)):
        part = slice(index, index + 1)
        value = loss(model(x[part]), y[part]).sum()
        found = torch.autograd.grad(value, weights, allow_unused=True, materialize_grads=True)
        rows.append(torch.cat([one.detach().reshape(-1) for one in found]))
    return Expected(torch.stack(rows))


def check(model: nn.Module, x: Tensor, y: Tensor, loss: Loss = squares) -> Clipped:
    """Compare the engine with the oracle: plain sum, and with about half of the samples clipped."""
    oracle = expected(model, loss, x, y)
    engine = GradientEngine(model, loss)
    # A norm that is zero but for rounding is as good as zero.
    scale = float(oracle.norms.max()) or 1.0
    tolerance = TOLERANCE[oracle.gradients.dtype]
    result = None
    for threshold in (float("inf"), float(oracle.norms.median()) or 1.0):
        result = engine.clipped(x, y, threshold)
        assert result.norms.dtype == oracle.gradients.dtype
        torch.testing.assert_close(
            result.norms, oracle.norms, rtol=tolerance, atol=tolerance * 1e-2 * scale
        )
        wanted = oracle.clipped(threshold)
        error = (result.gradient - wanted).norm()
        # Relative to what was summed: the sum itself may cancel to nothing.
        assert error <= tolerance * oracle.norms.clamp(max=threshold).sum()
    assert result is not None
    return result


def close(found: Tensor, wanted: Tensor) -> None:
    """Equal but for rounding, measured against the largest numbers of `wanted`."""
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6 * float(wanted.norm()))
