"""The steps that a node can owe: values that say what to do. How is in `provider_node.work`.

Each step may be done again at any time and ends in the same state, so that a node killed in the
middle of one simply owes it again.
"""

from dataclasses import dataclass

from weftwork.ledger.records import Artifact, Proposal, SubmittedUpdate

__all__ = [
    "Aggregate",
    "Collect",
    "Commit",
    "Fetch",
    "Finalize",
    "Join",
    "Keep",
    "Propose",
    "Push",
    "Start",
    "Step",
    "Submit",
    "Train",
]


@dataclass(frozen=True)
class Join:
    """Offer to take part, with the local data that fit the task's schema."""


@dataclass(frozen=True)
class Start:
    """Open the first round with these participants."""

    participants: tuple[str, ...]


@dataclass(frozen=True)
class Fetch:
    """Get one of the task's models or data sets, which is needed in `round`."""

    artifact: Artifact
    round: int


@dataclass(frozen=True)
class Train:
    """Train from `base` on the local data."""

    round: int
    base: Artifact


@dataclass(frozen=True)
class Push:
    """Give the round's leader the bytes of this node's update."""

    round: int
    leader: str


@dataclass(frozen=True)
class Submit:
    """Put the digest of this node's update on the ledger."""

    round: int


@dataclass(frozen=True)
class Collect:
    """Fetch an update that its provider did not push."""

    round: int
    update: SubmittedUpdate


@dataclass(frozen=True)
class Aggregate:
    """Average these updates, and measure the result on the task's validation data.

    The updates of `unavailable` could not be had and are rejected.
    """

    round: int
    base: Artifact
    updates: tuple[SubmittedUpdate, ...]
    unavailable: frozenset[str]


@dataclass(frozen=True)
class Propose:
    """Propose the aggregate."""

    round: int
    proposal: Proposal


@dataclass(frozen=True)
class Commit:
    """Commit the proposed aggregate."""

    round: int
    digest: str


@dataclass(frozen=True)
class Finalize:
    """Finish the task."""


@dataclass(frozen=True)
class Keep:
    """Keep the model that a round committed, so that the task outlives its leaders."""

    round: int


Step = (
    Join
    | Start
    | Fetch
    | Train
    | Push
    | Submit
    | Collect
    | Aggregate
    | Propose
    | Commit
    | Finalize
    | Keep
)
