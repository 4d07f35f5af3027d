"""The layers that the engine knows, and which rule each has."""

from torch import nn

from weftwork.learning.engine.rules.attention import AttentionRule
from weftwork.learning.engine.rules.convolution import ConvolutionRule
from weftwork.learning.engine.rules.embedding import EmbeddingRule
from weftwork.learning.engine.rules.linear import LinearRule
from weftwork.learning.engine.rules.normalisation import GroupNormRule, LayerNormRule
from weftwork.learning.engine.rules.recurrent import GruRule, LstmRule
from weftwork.learning.engine.rules.rule import Rule

__all__ = ["Rule", "rule_for"]

RULES: tuple[type[Rule], ...] = (
    LinearRule,
    ConvolutionRule,
    EmbeddingRule,
    LstmRule,
    GruRule,
    GroupNormRule,
    LayerNormRule,
    AttentionRule,
)


def rule_for(layer: nn.Module) -> Rule | None:
    """The rule of a layer; None if there is none, as for a subclass with a forward of its own."""
    for rule in RULES:
        for kind in rule.types:
            if isinstance(layer, kind) and type(layer).forward is kind.forward:
                return rule(layer)
    return None
