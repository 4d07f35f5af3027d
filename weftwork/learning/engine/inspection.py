"""Which rule each layer of a model has, and why a model cannot be taken."""

from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase
from torch.nn.utils.parametrize import is_parametrized

from weftwork.learning.engine.rules import Rule, rule_for

__all__ = ["Inspection", "keeping_statistics"]


COMPUTED = "computes its weights from others; use them as they are"


@dataclass
class Inspection:
    """The rules by the layers' dotted names, and what is wrong, a line a layer.

    `mixing`: layers that no method can take apart. `unknown`: what plain per-sample gradients
    (`fallback`) can still do.
    """

    rules: dict[str, Rule] = field(default_factory=dict)
    mixing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _seen: set[nn.Module] = field(default_factory=set)

    @classmethod
    def of(cls, model: nn.Module) -> "Inspection":
        """Look at every layer of `model` that has trainable parameters or mixes samples."""
        found = cls()
        found._walk("", model)
        found._find_tied(model)
        return found

    def _walk(self, name: str, module: nn.Module) -> None:
        if module in self._seen:  # one layer at two places: called again
            return
        self._seen.add(module)
        called = f"{name or 'the model'} ({type(module).__name__})"
        if mixes := _mixing(module):
            self.mixing.append(f"{called} {mixes}")
            return
        trainable = any(one.requires_grad for one in module.parameters())
        if trainable and (rule := rule_for(module)):
            self.rules[name] = rule
            problem = COMPUTED if _computes_weights(module) else rule.problem()
            if problem:
                self.unknown.append(f"{called}: {problem}")
            return
        own = [key for key, one in module.named_parameters(recurse=False) if one.requires_grad]
        if own:
            self.unknown.append(
                f"{called}: has no rule for its {', '.join(own)}; "
                "use layers that have one, or freeze it"
            )
        for key, child in module.named_children():
            self._walk(f"{name}.{key}" if name else key, child)

    def _find_tied(self, model: nn.Module) -> None:
        first: dict[nn.Parameter, str] = {}
        for name, module in model.named_modules():
            for key, one in module.named_parameters(prefix=name, recurse=False):
                if one.requires_grad and first.setdefault(one, key) != key:
                    self.unknown.append(
                        f"{key} ({type(module).__name__}): is also {first[one]}; "
                        "give each layer weights of its own, or call one layer twice"
                    )


def keeping_statistics(model: nn.Module) -> list[str]:
    """The layers that keep statistics of the samples, which are sent as they are; a line each."""
    return [
        f"{name} ({type(module).__name__}) keeps statistics of the samples, which no noise covers;"
        " use GroupNorm, or track_running_stats=False"
        for name, module in model.named_modules()
        if isinstance(module, _NormBase) and module.track_running_stats
    ]


def _computes_weights(layer: nn.Module) -> bool:
    """Whether what acts is no parameter, but made of some (weight_norm, spectral_norm)."""
    return any(
        is_parametrized(one) or any(isinstance(value, Tensor) for value in vars(one).values())
        for one in layer.modules()
    )


def _mixing(module: nn.Module) -> str:
    """Why a layer's samples depend on each other; empty if they do not."""
    if isinstance(module, _BatchNorm):
        return "mixes the samples of a batch; use GroupNorm"
    if isinstance(module, _NormBase) and module.track_running_stats:
        return "keeps statistics of the samples; use GroupNorm, or track_running_stats=False"
    return ""
