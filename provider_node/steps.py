"""The steps that a node can owe: values that say what to do. How is in `provider_node.work`.

Each step may be done again at any time and ends in the same state, so that a node killed in the
middle of one simply owes it again.
"""

from dataclasses import dataclass
from typing import ClassVar

from provider_node.backoff import LONGEST_SECONDS
from weftwork.errors import ConfigError, DataError, DefectError, WeftworkError
from weftwork.learning.errors import DivergedError
from weftwork.ledger.records import Artifact

__all__ = [
    "HOPELESS",
    "Aggregate",
    "Collect",
    "Commit",
    "Fetch",
    "Finalize",
    "Join",
    "Keep",
    "Leave",
    "Propose",
    "Push",
    "Start",
    "Step",
    "Submit",
    "Train",
]


# Errors that a computation has every time, and what all may read of them: the error itself may name
# rows and values.
HOPELESS: dict[type[WeftworkError], str] = {
    DivergedError: "its training left the finite numbers",
    DataError: "its data set can no longer be used",
    ConfigError: "it cannot train the model as it is configured",
    DefectError: "its training program fails",
}


class _Work:
    """A step that leaves the ledger as it is.

    `hopeless`: errors that would come every time. `longest_seconds`: between two attempts.
    """

    writes_ledger: ClassVar[bool] = False
    longest_seconds: ClassVar[float] = LONGEST_SECONDS
    hopeless: ClassVar[tuple[type[WeftworkError], ...]] = ()


class _Transaction(_Work):
    """A step that ends in a transaction, so that the ledger must be read anew."""

    writes_ledger: ClassVar[bool] = True


class _Computation(_Work):
    """A step whose result is a function of what it is given."""

    hopeless: ClassVar[tuple[type[WeftworkError], ...]] = tuple(HOPELESS)


@dataclass(frozen=True)
class Join(_Transaction):
    """Offer to take part, with the local data that fit the task's schema."""


@dataclass(frozen=True)
class Start(_Transaction):
    """Open the first round with these participants."""

    participants: tuple[str, ...]


@dataclass(frozen=True)
class Fetch(_Work):
    """Get one of the task's models or data sets, which is needed in `round`."""

    artifact: Artifact
    round: int


@dataclass(frozen=True)
class Train(_Computation):
    """Train from the round's base on the local data."""

    round: int


@dataclass(frozen=True)
class Leave(_Transaction):
    """Take part no longer, for a `reason` that all may read."""

    reason: str


@dataclass(frozen=True)
class Push(_Work):
    """Give the round's leader the bytes of this node's update."""

    round: int
    leader: str


@dataclass(frozen=True)
class Submit(_Transaction):
    """Put the digest of this node's update on the ledger."""

    round: int


@dataclass(frozen=True)
class Collect(_Work):
    """Fetch an update that its provider did not push."""

    round: int
    participant: str


@dataclass(frozen=True)
class Aggregate(_Computation):
    """Average the updates, and measure the result on the task's validation data.

    The updates of those in `away` could not be had and are rejected.
    """

    round: int
    away: frozenset[str]


@dataclass(frozen=True)
class Propose(_Transaction):
    """Propose the aggregate that this node made."""

    round: int


@dataclass(frozen=True)
class Commit(_Transaction):
    """Commit the proposed aggregate."""

    round: int


@dataclass(frozen=True)
class Finalize(_Transaction):
    """Finish the task."""


@dataclass(frozen=True)
class Keep(_Work):
    """Keep the model that a round committed, so that the task outlives its leaders.

    Nobody waits for it, and a model that all have lost would be asked for without end.
    """

    longest_seconds: ClassVar[float] = 600.0

    round: int


Step = (
    Join
    | Start
    | Fetch
    | Train
    | Leave
    | Push
    | Submit
    | Collect
    | Aggregate
    | Propose
    | Commit
    | Finalize
    | Keep
)
