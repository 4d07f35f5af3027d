"""One rule, applied to one task."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Ruling", "Source", "quoted", "refusals"]

# Who says it: the policy file, node.yaml, or how things stand (the ledger, the data, the model).
Source = Literal["policy", "node.yaml", "node"]

SHOWN = 60  # characters of another organisation's text


@dataclass(frozen=True)
class Ruling:
    """`asks`: what the task asks for; `says`: what the rule says to it."""

    source: Source
    rule: str
    allowed: bool
    asks: str
    says: str

    @property
    def why(self) -> str:
        """Both, in one line."""
        return f"{self.asks}; {self.says}"


def refusals(found: Iterable[Ruling]) -> str:
    """Why a task is refused, all reasons in one line; empty if it is not."""
    return "; ".join(f"{one.rule}: {one.why}" for one in found if not one.allowed)


def quoted(text: str) -> str:
    """A text that others wrote, short and on one line."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
