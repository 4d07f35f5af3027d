"""Whatever a sample's data, its part of the sum is no longer than the threshold.

Gram forms of a norm cancel in float32 where the steps of a sample do: these samples are made so.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.unit.learning.engine.oracle import expected
from weftwork.learning.engine import SLACK, GradientEngine, convolved
from weftwork.learning.engine import contributions as contributions_module
from weftwork.learning.engine.contributions import CANCELLED, Outer, by_gram

STEPS, SIZE = 6, 8
CLOSE = SLACK
# How far two steps of a sample are from cancelling, and how loud they are.
APART = st.sampled_from([0.0, 1e-7, 1e-6, 1e-5, 2e-4, 1e-2])
LOUD = st.sampled_from([1e-6, 1.0, 1e5, 1e12])


class Steps(nn.Module):
    """A layer over steps, seen by a frozen head that counts every other step negatively."""

    def __init__(self, layer: nn.Module, first: nn.Module | None = None) -> None:
        super().__init__()
        self.first = first or nn.Identity()
        self.layer: Any = layer

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        match self.layer:
            case nn.MultiheadAttention():
                output, _ = self.layer(x, x, x, need_weights=False)
            case nn.LSTM() | nn.GRU():
                output, _ = self.layer(x)
            case nn.Conv1d() | nn.Conv2d():
                output = self.layer(x.mT if x.dim() == 3 else x).flatten(2).mT
            case _:
                output = self.layer(x)
        signs = 1.0 - 2.0 * (torch.arange(output.shape[1]) % 2)
        summed: Tensor = (output * signs[:, None]).sum(1)
        return summed


def loudly(output: Tensor, y: Tensor) -> Tensor:
    """(n,): its gradient is y at every output."""
    return output.sum(1) * y


def sample(apart: float, shape: tuple[int, ...] = (STEPS, SIZE)) -> Tensor:
    """Steps (1, T, p) that differ by `apart` only."""
    one = torch.randn(1, 1, shape[1])
    return one + apart * torch.randn(1, *shape)


def part(engine: GradientEngine, x: Tensor, y: Tensor, threshold: float) -> Tensor:
    """What the last sample adds to the sum."""
    whole, rest = engine.clipped(x, y, threshold), engine.clipped(x[:-1], y[:-1], threshold)
    return torch.dist(whole.gradient.double(), rest.gradient.double())


def forgetful(layer: Any) -> nn.Module:
    """A recurrent layer whose steps do not see each other: the second gate keeps nothing."""
    with torch.no_grad():
        layer.weight_hh_l0.zero_().requires_grad_(False)
        layer.bias_ih_l0[SIZE : 2 * SIZE] = -30
    return layer  # type: ignore[no-any-return]


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: Steps(nn.Linear(SIZE, SIZE)),
    "linear without bias": lambda: Steps(nn.Linear(SIZE, SIZE, bias=False)),
    "two layers": lambda: Steps(nn.Linear(SIZE, SIZE), nn.Linear(SIZE, SIZE)),
    "conv1d": lambda: Steps(nn.Conv1d(SIZE, SIZE, 1)),
    "conv1d in groups": lambda: Steps(nn.Conv1d(SIZE, SIZE, 1, groups=2)),
    "lstm": lambda: Steps(forgetful(nn.LSTM(SIZE, SIZE, batch_first=True))),
    "gru": lambda: Steps(forgetful(nn.GRU(SIZE, SIZE, batch_first=True))),
    "attention": lambda: Steps(nn.MultiheadAttention(SIZE, 2, batch_first=True)),
}


@pytest.mark.parametrize("gram", [True, False], ids=["gram", "instances"])
@pytest.mark.parametrize("name", LAYERS)
def test_no_sample_exceeds_the_threshold(
    name: str, gram: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (contributions_module, convolved):
        monkeypatch.setattr(module, "gram_is_cheaper", lambda *sizes: gram)
    torch.manual_seed(1)
    model = LAYERS[name]()
    engine = GradientEngine(model, loudly)

    @settings(max_examples=40)
    @given(
        seed=st.integers(0, 2**20), apart=APART, loud=LOUD, threshold=st.sampled_from([0.1, 1.0])
    )
    def check(seed: int, apart: float, loud: float, threshold: float) -> None:
        torch.manual_seed(seed)
        x = torch.cat([torch.randn(3, STEPS, SIZE), sample(apart)])
        y = torch.tensor([1.0, 1.0, 1.0, loud])
        assert part(engine, x, y, threshold) <= threshold * (1 + CLOSE)

    check()


@given(
    seed=st.integers(0, 2**20),
    words=st.sampled_from([3, 1000]),
    apart=APART,
    loud=LOUD,
)
def test_no_sample_exceeds_the_threshold_by_its_tokens(
    seed: int, words: int, apart: float, loud: float
) -> None:
    """The same token, with gradients that nearly cancel."""
    torch.manual_seed(seed)
    signs = 1.0 - 2.0 * (torch.arange(STEPS) % 2)
    heads = signs[:, None] * (torch.randn(SIZE) + apart * torch.randn(STEPS, SIZE))
    engine = GradientEngine(nn.Embedding(words, SIZE), lambda out, y: (out * heads).sum((1, 2)) * y)
    x = torch.cat([torch.randint(words, (3, STEPS)), torch.full((1, STEPS), 2)])
    assert part(engine, x, torch.tensor([1.0, 1.0, 1.0, loud]), 1.0) <= 1 + CLOSE


@pytest.mark.parametrize("kept", [0, 2**24])
@given(seed=st.integers(0, 2**20), apart=APART, loud=LOUD, side=st.sampled_from([2, 12]))
def test_no_sample_exceeds_the_threshold_by_its_positions(
    kept: int, seed: int, apart: float, loud: float, side: int
) -> None:
    torch.manual_seed(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolved, "KEPT", kept)
        engine = GradientEngine(Steps(nn.Conv2d(2, 4, (1, 1))), loudly)
        one = torch.randn(1, 2, 1, 1) + apart * torch.randn(1, 2, side, side)
        x = torch.cat([torch.randn(3, 2, side, side), one])
        assert part(engine, x, torch.tensor([1.0, 1.0, 1.0, loud]), 1.0) <= 1 + CLOSE


@pytest.mark.parametrize("layers", [1, 2])
def test_a_frozen_head_does_not_hide_a_gradient(layers: int) -> None:
    """Two equal steps, seen by a head of u + v and -u + v with a small v."""
    torch.manual_seed(1)
    u = torch.randn(SIZE)
    head = torch.stack([u * (1 + 2e-4), u * (-1 + 2e-4)])

    def loss(output: Tensor, y: Tensor) -> Tensor:
        return ((output * head).sum((1, 2)) - y) ** 2

    model = nn.Sequential(*(nn.Linear(SIZE, SIZE, bias=False) for _ in range(layers)))
    x, y = torch.randn(1, 1, SIZE).expand(1, 2, SIZE), torch.tensor([1e5])
    result = GradientEngine(model, loss).clipped(x, y, 1.0)
    oracle = expected(model.double(), loss, x.double(), y.double()).norms
    torch.testing.assert_close(result.norms.double(), oracle, rtol=2e-3, atol=0)
    assert float(oracle) > 50
    assert result.gradient.norm() <= 1 + CLOSE


def test_those_in_doubt_are_settled_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    model = nn.Linear(SIZE, SIZE)
    x = torch.cat([sample(apart) for apart in (1e-3, 1e-4, 1e-5, 3.0, 2e-3)])
    y = torch.ones(5)
    engine = GradientEngine(Steps(model), loudly)
    one_block = engine.clipped(x, y, 0.5)
    monkeypatch.setattr(contributions_module, "SETTLED", 2 * (SIZE + 1) * SIZE)
    blocks = engine.clipped(x, y, 0.5)
    torch.testing.assert_close(blocks.gradient, one_block.gradient)
    torch.testing.assert_close(blocks.norms, one_block.norms, rtol=1e-6, atol=0)


def test_usual_samples_are_in_no_doubt() -> None:
    """Else the rarer way would be the usual one."""
    torch.manual_seed(1)
    weight = nn.Parameter(torch.zeros(SIZE, SIZE))
    outer = Outer([(weight, torch.randn(32, 100, SIZE))], torch.randn(32, 100, SIZE))
    outer._norms_by_gram()
    doubtful = outer.doubtful()
    assert doubtful is not None
    assert not doubtful.any()


def test_the_bound_of_a_gram_form() -> None:
    a, b = torch.randn(2, 5, 4, 3, dtype=torch.float64)
    norms, bound = by_gram(a @ a.mT, b @ b.mT)
    torch.testing.assert_close(norms, (b.mT @ a).square().sum((1, 2)))
    torch.testing.assert_close(bound, (a.norm(dim=2) * b.norm(dim=2)).sum(1).square())
    assert (norms <= bound).all()
    one = torch.full((1, 1, 1), CANCELLED)
    assert by_gram(one * 1e30, one)[1].isinf().all()


@pytest.mark.parametrize("steps", [1, 2])
def test_squares_below_the_least_number(steps: int) -> None:
    """Of inputs 1e-24 the squares are 0; times gradients of 1e16 they are not."""
    layer = nn.Linear(SIZE, SIZE, bias=False)
    engine = GradientEngine(Steps(layer), lambda out, y: out.sum(1) * y)
    x, y = torch.zeros(1, steps, SIZE), torch.tensor([1e16])
    x[:, 0] = 1e-24
    result = engine.clipped(x, y, math.inf)
    torch.testing.assert_close(result.norms, torch.tensor([8e-8]), rtol=1e-3, atol=0)
    torch.testing.assert_close(result.gradient.norm(), result.norms[0])
