"""One pass through a model that records what its layers saw, and the gradients of what they gave.

While a model is captured, each layer that has a rule runs the rule's forward pass in the place of
its own. The rule computes from parameters that are cut off the graph, so that the backward pass
computes no weight gradients, and puts its outputs on the tape: when an output's gradient arrives
in the backward pass, the tape makes the layer's contribution of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from weftwork.learning.engine.contributions import Contribution, Instances
from weftwork.learning.errors import ModelError, UnsupportedLayerError

if TYPE_CHECKING:
    from weftwork.learning.engine.rules import Rule

__all__ = ["Collect", "Tape", "captured"]

# From an output's gradient (n, ...) to what the layer contributes.
Collect = Callable[[Tensor], Contribution]
# Sees each layer's name and the gradient (n, ...) of its output.
Watch = Callable[[str, Tensor], None]


class Tape:
    """The contributions of one forward and backward pass over `samples` samples.

    `layer` is the dotted name of the layer that is running.
    """

    def __init__(self, samples: int, device: torch.device, watch: Watch | None = None) -> None:
        self.samples = samples
        self.anchor = torch.zeros((), device=device, requires_grad=True)
        self._contributions: list[tuple[Contribution, Tensor]] = []
        self._repeated: dict[nn.Parameter, Tensor] = {}
        self._calls: Counter[str] = Counter()
        self.layer = ""
        self._watch = watch

    def call(self, name: str, rule: Rule, *inputs: Any, **options: Any) -> Any:
        """The forward pass of the layer `name` by its rule."""
        outer, self.layer = self.layer, name
        self._calls[name] += 1
        try:
            return rule.forward(self, *inputs, **options)
        finally:
            self.layer = outer

    def tap(self, output: Tensor, collect: Collect, *seen: Tensor, batch: int = 0) -> Tensor:
        """`output`, to be used in its place; `collect` gets its gradient in the backward pass.

        `seen` are the tensors that `collect` reads, which must not change until then; `batch` is
        the output's dimension of samples.
        """
        name = self.layer
        if output.shape[batch] != self.samples:
            raise UnsupportedLayerError.mixed(name, tuple(output.shape), batch, self.samples)
        versions = [one._version for one in seen]

        def arrive(gradient: Tensor) -> None:
            if versions != [one._version for one in seen]:
                raise ModelError(
                    f"layer {name}: what it was given was changed in place before the backward "
                    "pass; use x = x + ... in the place of x += ..."
                )
            self._collect(name, collect, gradient.movedim(batch, 0))

        tapped: Tensor = _Tapped.apply(self.anchor, output, arrive)  # type: ignore[no-untyped-call]
        return tapped

    def _collect(self, name: str, collect: Collect, gradient: Tensor) -> None:
        if self._watch:
            self._watch(name, gradient)
        contribution = collect(gradient)
        if self._calls[name] == 1:
            # At once: the gradient is still in the cache, and inputs may be freed.
            self._contributions.append((contribution, contribution.squared_norms()))
            return
        for parameter, instances in contribution.instances():
            held = self._repeated.setdefault(parameter, torch.zeros_like(instances))
            held += instances

    def contributions(self) -> Iterator[tuple[Contribution, Tensor]]:
        """Each layer's contribution and its squared norms (n,), once the backward pass is over."""
        yield from self._contributions
        if self._repeated:
            again = Instances(list(self._repeated.items()))
            yield again, again.squared_norms()


class _Tapped(Function):
    """The identity, which passes on the gradient that arrives.

    The anchor makes the output part of the graph also where the input is not, as in a first layer.
    """

    @staticmethod
    def forward(
        ctx: Any, anchor: Tensor, output: Tensor, arrive: Callable[[Tensor], None]
    ) -> Tensor:
        ctx.arrive = arrive
        return output.data  # no copy, and no view: what comes after may work in place

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor | None, None]:
        ctx.arrive(gradient)
        del ctx.arrive  # and what it holds, before the layers below need memory
        return None, gradient if ctx.needs_input_grad[1] else None, None


@contextmanager
def captured(rules: Mapping[str, Rule], tape: Tape) -> Iterator[None]:
    """While inside, the layers of `rules` (by dotted name) run their rules' forward passes."""
    layers = [vars(rule.layer) for rule in rules.values()]
    before = [layer.get("forward") for layer in layers]
    for layer, (name, rule) in zip(layers, rules.items(), strict=True):
        layer["forward"] = partial(tape.call, name, rule)
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            del layer["forward"]
            if forward is not None:
                layer["forward"] = forward
