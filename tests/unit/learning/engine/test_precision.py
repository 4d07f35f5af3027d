"""A forward pass in bfloat16: what is clipped and summed is what was measured, in float32."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from tests.unit.learning.engine.models import OfItsOwn, network
from tests.unit.learning.engine.oracle import classes, expected
from weftwork.learning.engine import GradientEngine

SAMPLES, CLASSES, WORDS = 12, 3, 7


class Reading(nn.Module):
    """Tokens, attention, a layer norm, and an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.lstm = nn.LSTM(8, 5, batch_first=True)
        self.head = nn.Linear(5, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.lstm(self.block(self.words(x)))[0][:, -1])
        return scores


def images() -> Tensor:
    return torch.randn(SAMPLES, 1, 8, 8)


def tokens() -> Tensor:
    return torch.randint(WORDS, (SAMPLES, 9))


def rows() -> Tensor:
    return torch.randn(SAMPLES, 4)


@pytest.fixture(
    params=[(network, images), (Reading, tokens), (OfItsOwn, rows)],
    ids=["convolutions", "sequences", "fallback"],
)
def task(request: pytest.FixtureRequest) -> tuple[nn.Module, Tensor, Tensor]:
    make: tuple[Callable[[], nn.Module], Callable[[], Tensor]] = request.param
    torch.manual_seed(3)
    return make[0](), make[1](), torch.randint(CLASSES, (SAMPLES,))


def engine_of(model: nn.Module) -> GradientEngine:
    return GradientEngine(
        model, classes, fallback=isinstance(model, OfItsOwn), precision="bfloat16"
    )


def test_no_sample_adds_more_than_the_threshold(task: tuple[nn.Module, Tensor, Tensor]) -> None:
    """The sensitivity of the sum: each sample alone."""
    model, x, y = task
    engine = engine_of(model)
    threshold = 0.5 * float(engine.clipped(x, y, 1.0).norms.median())
    for index in range(SAMPLES):
        result = engine.clipped(x[index : index + 1], y[index : index + 1], threshold)
        wanted = min(threshold, float(result.norms[0]))
        assert float(result.gradient.double().norm()) == pytest.approx(wanted, rel=1e-5)


def test_it_is_the_gradient_to_bfloat16s_digits(task: tuple[nn.Module, Tensor, Tensor]) -> None:
    model, x, y = task
    result = engine_of(model).clipped(x, y, 1.0)
    oracle = expected(model, classes, x, y)
    assert {result.gradient.dtype, result.norms.dtype, result.losses.dtype} == {torch.float32}
    torch.testing.assert_close(result.norms, oracle.norms, rtol=0.05, atol=0.0)
    assert not torch.allclose(result.norms, oracle.norms, rtol=1e-5, atol=0.0), "it was rounded"
    assert (result.gradient - oracle.clipped(1.0)).norm() < 0.05 * oracle.clipped(1.0).norm()
