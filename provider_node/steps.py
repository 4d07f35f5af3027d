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
    "Attest",
    "Close",
    "Collect",
    "Commit",
    "Count",
    "Examine",
    "Extend",
    "Fetch",
    "Finalize",
    "Halt",
    "Join",
    "Judge",
    "Keep",
    "Leave",
    "Propose",
    "Replace",
    "Report",
    "Reveal",
    "Seal",
    "SealScores",
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
    `shared`: others owe it as well, and one of them is enough. `transfer`: it waits for another
    node, so that several are under way together.
    """

    writes_ledger: ClassVar[bool] = False
    transfer: ClassVar[bool] = False
    shared: ClassVar[bool] = False
    longest_seconds: ClassVar[float] = LONGEST_SECONDS
    hopeless: ClassVar[tuple[type[WeftworkError], ...]] = ()


class _Transfer(_Work):
    """A step that gets bytes from another node."""

    transfer: ClassVar[bool] = True


class _Transaction(_Work):
    """A step that ends in a transaction, so that the ledger must be read anew."""

    writes_ledger: ClassVar[bool] = True


class _Shared(_Transaction):
    """A transaction that moves the task on, whoever of several makes it."""

    shared: ClassVar[bool] = True


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
class Fetch(_Transfer):
    """Get one of the task's models or data sets, which is needed in `round`."""

    artifact: Artifact
    round: int


@dataclass(frozen=True)
class Examine(_Work):
    """See, before the task starts, whether what it starts with can be used."""


@dataclass(frozen=True)
class Train(_Computation):
    """Train from the round's base on the local data."""

    round: int


@dataclass(frozen=True)
class Leave(_Transaction):
    """Take part no longer, for a `reason` that all may read."""

    reason: str


@dataclass(frozen=True)
class Submit(_Transaction):
    """Put the digest of this node's update on the ledger."""

    round: int


@dataclass(frozen=True)
class Collect(_Transfer):
    """Fetch an update of a closed round."""

    round: int
    participant: str


@dataclass(frozen=True)
class Close(_Shared):
    """End the round's time for updates."""

    round: int


@dataclass(frozen=True)
class Extend(_Shared):
    """Give a round with too few updates more time."""

    round: int


@dataclass(frozen=True)
class Judge(_Computation):
    """Check and score the round's updates.

    Those of `away` could not be had; of these, `wrong` have providers who gave other bytes.
    """

    round: int
    away: frozenset[str]
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SealScores(_Transaction):
    """Be bound to this node's scores, before the others can see them."""

    round: int
    term: int


@dataclass(frozen=True)
class Reveal(_Transaction):
    """Open this node's scores."""

    round: int
    term: int


@dataclass(frozen=True)
class Aggregate(_Computation):
    """Compute the aggregate of the updates that the committee accepted, and measure it."""

    round: int
    accepted: tuple[str, ...]


@dataclass(frozen=True)
class Seal(_Transaction):
    """Be bound to the digest that this node computed, before the leader's can be seen."""

    round: int
    term: int


@dataclass(frozen=True)
class Propose(_Transaction):
    """Propose the aggregate that this node computed."""

    round: int
    term: int


@dataclass(frozen=True)
class Attest(_Transaction):
    """Open the digest that this node computed."""

    round: int
    term: int


@dataclass(frozen=True)
class Report(_Transaction):
    """Say that a member does not do its part, if it cannot be reached."""

    round: int
    term: int
    accused: str


@dataclass(frozen=True)
class Replace(_Shared):
    """Go on in another term, without those that have fallen."""

    round: int
    term: int


@dataclass(frozen=True)
class Commit(_Shared):
    """Commit the aggregate that a quorum attests."""

    round: int
    term: int


@dataclass(frozen=True)
class Halt(_Shared):
    """End a task whose round cannot go on."""

    round: int


@dataclass(frozen=True)
class Finalize(_Shared):
    """Finish the task."""


@dataclass(frozen=True)
class Count(_Shared):
    """Add what the ended task changed of an organisation's reputation to its standing."""

    msp_id: str


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
    | Examine
    | Train
    | Leave
    | Submit
    | Collect
    | Close
    | Extend
    | Judge
    | SealScores
    | Reveal
    | Aggregate
    | Seal
    | Propose
    | Attest
    | Report
    | Replace
    | Commit
    | Halt
    | Finalize
    | Count
    | Keep
)
