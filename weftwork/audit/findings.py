"""What an audit found, and what it looked at."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError

__all__ = ["MALFORMED", "Broken", "Finding", "Place", "Report", "require"]

# What reading raises where keys, types or bytes are not what they should be.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    DecodeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Broken(Exception):  # noqa: N818 - no fault of a program: what an audit is there to find
    """Something does not hold; the message says what is, and what should be."""


def require(holds: object, text: str) -> None:
    """Raise `Broken` with `text` unless it `holds`."""
    if not holds:
        raise Broken(text)


@dataclass(frozen=True)
class Place:
    """Where in the bundle: a block, a transaction in it, or a file."""

    block: int | None = None
    transaction: str = ""
    file: str = ""

    def __str__(self) -> str:
        """As a sentence ends with it."""
        parts = [] if self.block is None else [f"block {self.block}"]
        parts += [f"transaction {self.transaction}"] if self.transaction else []
        parts += [self.file] if self.file else []
        return ", ".join(parts) or "the bundle"


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold. `rule` is a word of `docs/reference/verify.md`."""

    rule: str
    text: str
    place: Place = Place()

    def __str__(self) -> str:
        """One line."""
        return f"{self.place}: {self.rule}: {self.text}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rule": self.rule,
            "text": self.text,
            "block": self.place.block,
            "transaction": self.place.transaction,
            "file": self.place.file,
        }


@dataclass
class Report:
    """Findings in the order of the chain; how often each rule was applied; what is not there.

    `aggregates`: how many there are to be recomputed; None where that was not asked for.
    """

    task: str
    genesis: str = ""
    state: str = ""
    findings: list[Finding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    absent: list[str] = field(default_factory=list)
    deposits: Counter[tuple[str, str]] = field(default_factory=Counter)  # by treasurers' MSP, unit
    aggregates: int | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def complete(self) -> bool:
        """Whether no aggregate was left out that should have been recomputed."""
        return self.aggregates in (None, self.checked["aggregates"])

    @property
    def verdict(self) -> str:
        """In a line: whether the record holds, and of what that was found."""
        text = "the record holds" if self.holds else "the record DOES NOT HOLD"
        if self.aggregates is None:
            return text
        text += f"; {self.checked['aggregates']} of {self.aggregates} aggregates recomputed"
        lacking = ": not all that they are made of is in the bundle"
        return text if self.complete else text + lacking

    @contextmanager
    def checking(self, rule: str, place: Place) -> Iterator[None]:
        """Count one application of `rule`; what breaks in it is a finding there.

        So is what has another form than it should: a bundle is made by whom one does not trust.
        """
        self.checked[rule] += 1
        try:
            yield
        except Broken as broken:
            self.findings.append(Finding(rule, str(broken), place))
        except MALFORMED as error:
            text = f"it has not the form that it should: {type(error).__name__} {error}"
            self.findings.append(Finding(rule, text, place))

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "task": self.task,
            "holds": self.holds,
            "verdict": self.verdict,
            "state": self.state,
            "genesis": self.genesis,
            "aggregates": self.aggregates,
            "checked": dict(sorted(self.checked.items())),
            "first": self.findings[0].document() if self.findings else None,
            "findings": [one.document() for one in self.findings],
            "absent": self.absent,
            "deposits": [
                {"treasurer_msp": msp, "unit": unit, "amount": amount}
                for (msp, unit), amount in sorted(self.deposits.items())
            ],
        }
