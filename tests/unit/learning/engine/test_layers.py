"""Embeddings, normalisations and attention against the oracle."""

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

SIZE = st.integers(1, 5)


@given(n=SIZE, steps=st.lists(SIZE, max_size=2), words=SIZE, size=SIZE, padding=st.booleans())
def test_embedding(n: int, steps: list[int], words: int, size: int, padding: bool) -> None:
    torch.manual_seed(1)
    embedding = nn.Embedding(words, size, padding_idx=words - 1 if padding else None)
    model = nn.Sequential(embedding, nn.Tanh(), nn.Linear(size, 2)).double()
    check(model, torch.randint(words, (n, *steps)), torch.randn(n, dtype=torch.float64))


@pytest.mark.parametrize("words", [5, 500])
def test_embedding_in_float32(words: int) -> None:
    torch.manual_seed(1)
    check(nn.Embedding(words, 8, padding_idx=0), torch.randint(words, (6, 30)), torch.randn(6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_norm": 1.0}, "leave out max_norm"),
        ({"scale_grad_by_freq": True}, "leave out scale_grad_by_freq"),
    ],
)
def test_embeddings_that_are_refused(options: dict[str, Any], message: str) -> None:
    model = nn.Sequential(nn.Embedding(3, 2, **options))
    with pytest.raises(UnsupportedLayerError, match=rf"0 \(Embedding\): .*{message}"):
        GradientEngine(model, lambda output, y: output.sum(1) - y)


@given(n=SIZE, groups=st.integers(1, 3), each=st.integers(1, 3), size=st.lists(SIZE, max_size=2))
def test_group_norm(n: int, groups: int, each: int, size: list[int]) -> None:
    torch.manual_seed(1)
    norm = nn.GroupNorm(groups, groups * each)
    nn.init.normal_(norm.weight)
    # One number alone has no variance: its gradient is 0 / 0 but for eps.
    size = [*size, 2]
    x = torch.randn(n, groups * each, *size, dtype=torch.float64)
    check(nn.Sequential(norm, nn.Tanh()).double(), x, torch.randn(n, dtype=torch.float64))


@given(
    n=SIZE,
    before=st.lists(SIZE, max_size=2),
    shape=st.lists(st.integers(2, 4), min_size=1, max_size=2),
    bias=st.booleans(),
)
def test_layer_norm(n: int, before: list[int], shape: list[int], bias: bool) -> None:
    torch.manual_seed(1)
    norm = nn.LayerNorm(shape, bias=bias)
    nn.init.normal_(norm.weight)
    x = torch.randn(n, *before, *shape, dtype=torch.float64)
    check(nn.Sequential(norm, nn.Tanh()).double(), x, torch.randn(n, dtype=torch.float64))


def test_norms_between_layers_in_float32() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(inplace=True), nn.Flatten(),
        nn.Linear(8 * 16, 12), nn.LayerNorm(12), nn.ReLU(), nn.Linear(12, 2),
    )  # fmt: skip
    x = torch.randn(6, 3, 6, 6).to(memory_format=torch.channels_last)
    check(model, x, torch.randn(6))


def test_norms_without_parameters_need_no_rule() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(3, 4), nn.LayerNorm(4, elementwise_affine=False), nn.Linear(4, 2)
    )
    check(model, torch.randn(5, 3), torch.randn(5))


class Attending(nn.Module):
    """Self attention, then cross attention to what was given; options go to both."""

    def __init__(self, *, bias: bool, batch_first: bool, **options: Any) -> None:
        super().__init__()
        self.before = nn.Linear(4, 4)
        self.itself: Any = nn.MultiheadAttention(4, 2, bias=bias, batch_first=batch_first)
        self.cross: Any = nn.MultiheadAttention(4, 2, bias=bias, batch_first=batch_first)
        self.batch_first, self.options = batch_first, options

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x)
        key = h[:, :-1]
        if not self.batch_first:
            h, key = h.transpose(0, 1), key.transpose(0, 1)
        output, weights = self.itself(h, h, h, **self.options)
        output, _ = self.cross(output, key, key)
        output = output if self.batch_first else output.transpose(0, 1)
        flat: Tensor = output.flatten(1)
        return flat if weights is None else torch.cat([flat, weights.flatten(1)], 1)


STEPS = 5
CAUSAL = torch.triu(torch.full((STEPS, STEPS), -torch.inf), 1)
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "without weights": {"need_weights": False},
    "weights by head": {"average_attn_weights": False},
    "causal": {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False},
    "mask": {"attn_mask": CAUSAL},
    "mask of booleans": {"attn_mask": CAUSAL < 0, "need_weights": False},
    "mask by head": {"attn_mask": torch.randn(6, STEPS, STEPS)},
    "padding": {"key_padding_mask": torch.arange(STEPS).expand(3, -1) > 2, "attn_mask": CAUSAL < 0},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_gives_what_the_layer_does(batch_first: bool, options: dict[str, Any]) -> None:
    torch.manual_seed(1)
    layer = nn.MultiheadAttention(4, 2, batch_first=batch_first)
    x = torch.randn(3, STEPS, 4) if batch_first else torch.randn(STEPS, 3, 4)
    rule = rule_for(layer)
    assert rule
    with captured({"": rule}, Tape(3, x.device)):
        found = layer(x, x, x, **options)
    torch.testing.assert_close(found, layer(x, x, x, **options))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("name", ["plain", "without weights", "weights by head", "causal", "mask"])
def test_attention(bias: bool, batch_first: bool, name: str) -> None:
    torch.manual_seed(1)
    model = Attending(bias=bias, batch_first=batch_first, **OPTIONS[name])
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(3, STEPS, 4, dtype=torch.float64)
    if "attn_mask" in model.options:
        model.options["attn_mask"] = model.options["attn_mask"].double()
    check(model.double(), x, torch.randn(3, dtype=torch.float64))
    if name == "plain":
        check(model.float(), x.float(), torch.randn(3))


class Looking(nn.Module):
    """The first `long` steps (n, L, E) look at themselves, or at the others (n, S, E)."""

    def __init__(self, layer: nn.MultiheadAttention, long: int, *, at_themselves: bool) -> None:
        super().__init__()
        self.before = nn.Linear(3, layer.embed_dim)
        self.layer: Any = layer
        self.long, self.at_themselves = long, at_themselves

    def forward(self, x: Tensor) -> Tensor:
        steps = 1 if self.layer.batch_first else 0
        h = self.before(x).transpose(1, steps)
        query, others = h.split([self.long, h.shape[steps] - self.long], steps)
        if self.at_themselves:
            output = self.layer(query, query, query, need_weights=False)[0]
        else:
            output = self.layer(query, others, others.tanh())[0]
        flat: Tensor = output.transpose(1, steps).flatten(1)
        return flat


@given(
    n=st.integers(1, 4),
    long=SIZE,
    others=SIZE,
    heads=st.integers(1, 3),
    each=st.integers(1, 3),
    bias=st.booleans(),
    batch_first=st.booleans(),
    at_themselves=st.booleans(),
)
def test_attention_of_any_shape(
    n: int,
    long: int,
    others: int,
    heads: int,
    each: int,
    bias: bool,
    batch_first: bool,
    at_themselves: bool,
) -> None:
    torch.manual_seed(1)
    layer = nn.MultiheadAttention(heads * each, heads, bias=bias, batch_first=batch_first)
    model = Looking(layer, long, at_themselves=at_themselves)
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(n, long + others, 3, dtype=torch.float64)
    check(model.double(), x, torch.randn(n, dtype=torch.float64))


def test_attention_called_again() -> None:
    torch.manual_seed(1)
    model = Attending(bias=True, batch_first=True)
    model.itself = model.cross
    check(model, torch.randn(3, STEPS, 4), torch.randn(3))


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_transformer_layer(norm_first: bool) -> None:
    torch.manual_seed(1)
    layer = nn.TransformerEncoderLayer(
        8, 2, 16, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    check(nn.Sequential(nn.Linear(3, 8), layer), torch.randn(4, 6, 3), torch.randn(4))
    check(layer.eval(), torch.randn(4, 6, 8), torch.randn(4))


def test_attention_over_the_batch_is_refused() -> None:
    """batch_first forgotten: each sample would attend to the others."""
    model = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)
    engine = GradientEngine(model, lambda output, y: output.flatten(1).sum(1) - y)
    with pytest.raises(UnsupportedLayerError, match="batch_first=True"):
        engine.clipped(torch.randn(5, 5, 4), torch.zeros(5), 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kdim": 3}, "one embedding size"),
        ({"vdim": 3}, "one embedding size"),
        ({"add_bias_kv": True}, "leave them out"),
        ({"add_zero_attn": True}, "leave them out"),
    ],
)
def test_attention_that_is_refused(options: dict[str, Any], message: str) -> None:
    model = nn.Sequential(nn.MultiheadAttention(4, 2, **options))
    with pytest.raises(UnsupportedLayerError, match=rf"0 \(MultiheadAttention\): .*{message}"):
        GradientEngine(model, lambda output, y: output.sum(1) - y)


def test_is_causal_is_but_a_hint() -> None:
    layer = nn.MultiheadAttention(4, 2, batch_first=True)
    rule, x = rule_for(layer), torch.randn(3, STEPS, 4)
    assert rule
    tape = Tape(3, x.device)
    with captured({"": rule}, tape), pytest.raises(UnsupportedLayerError, match="attn_mask"):
        layer(x, x, x, is_causal=True)
