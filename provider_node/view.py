"""What a node sees of one task: the ledger, its own disk, and who it is. Values, no calls."""

from collections.abc import Container
from dataclasses import dataclass

from provider_node.journal import Journal, MadeUpdate
from weftwork.ledger.records import (
    Artifact,
    ParticipantLimits,
    Proposal,
    Round,
    SubmittedUpdate,
    Task,
)

__all__ = ["Me", "View"]


@dataclass(frozen=True)
class Me:
    """The participant that this node is."""

    name: str
    role: str


@dataclass(frozen=True)
class View:
    """One task at `now_ms` (unix milliseconds).

    `newest` is the task's newest round, None before the start. `held` holds the digests of the
    artifacts on this node's disk, `retired` the names of participants that are no longer active,
    `out_of_reach` the names of providers whose update was asked for several times in vain.
    `suitable`: the task fits this node (its data, its models). `failure`: why this node has given
    up training in the newest round, if it has.
    """

    me: Me
    task: Task
    newest: Round | None
    journal: Journal
    held: Container[str]
    now_ms: int
    suitable: bool = True
    retired: Container[str] = frozenset()
    out_of_reach: Container[str] = frozenset()
    failure: str = ""

    @property
    def round(self) -> Round:
        """The newest round, of a task that has started."""
        if self.newest is None:
            raise ValueError(f"task {self.task.id} has no round yet")
        return self.newest

    @property
    def limits(self) -> ParticipantLimits:
        """How many participants the task takes."""
        return self.task.definition.participants

    @property
    def archived_here(self) -> bool:
        """Whether this node is the task's archive."""
        return self.task.definition.archive == self.me.name

    @property
    def task_artifacts(self) -> list[Artifact]:
        """What the task starts with."""
        both = (self.task.definition.initial_model, self.task.definition.validation)
        return [one for one in both if one is not None]

    @property
    def joined(self) -> bool:
        """Whether this node has joined (and perhaps left)."""
        return any(one.participant == self.me.name for one in self.task.joined)

    @property
    def left(self) -> bool:
        """Whether this node has left."""
        return any(one.participant == self.me.name for one in self.task.left)

    @property
    def candidates(self) -> list[str]:
        """Who could take part, in the order in which they joined."""
        left = {one.participant for one in self.task.left}
        joined = sorted(self.task.joined, key=lambda one: (one.joined_at_ms, one.participant))
        names = [one.participant for one in joined]
        return [name for name in names if name not in left and name not in self.retired]

    @property
    def open(self) -> bool:
        """Whether the newest round takes updates."""
        return self.round.state == "OPEN"

    @property
    def due(self) -> bool:
        """Whether the newest round's deadline has passed."""
        return self.now_ms >= self.round.deadline_ms

    @property
    def lead_until_ms(self) -> int | None:
        """When a leader's own part must give way to closing the round; None for the others."""
        return self.round.deadline_ms if self.leading and not self.due else None

    @property
    def held_up_from_ms(self) -> int:
        """From when on whoever cannot deliver in the newest round holds the task up.

        By then it has waited twice as long as it was to: with enough updates of others it would
        have ended soon after its deadline.
        """
        return 2 * self.round.deadline_ms - self.round.opened_at_ms

    @property
    def leading(self) -> bool:
        """Whether this node leads the newest round."""
        return self.round.leader == self.me.name

    @property
    def submitted(self) -> SubmittedUpdate | None:
        """This node's update of the newest round, as the ledger has it."""
        return next((one for one in self.round.updates if one.participant == self.me.name), None)

    @property
    def expected(self) -> bool:
        """Whether the newest round still waits for this node's update."""
        return self.open and self.me.name in self.round.participants and self.submitted is None

    @property
    def made(self) -> MadeUpdate | None:
        """This node's update of the newest round, if it is on the disk and is the one that counts.

        That is the one which the ledger names or, before that, one made from the round's base.
        """
        made = self.journal.updates.get(self.round.round)
        if made is None or made.update.digest not in self.held:
            return None
        if self.submitted is not None and self.submitted.digest != made.update.digest:
            return None
        return made if made.update.base_digest == self.round.base.digest else None

    @property
    def submitters(self) -> frozenset[str]:
        """Who has submitted an update in the newest round."""
        return frozenset(one.participant for one in self.round.updates)

    @property
    def needed(self) -> int:
        """How many usable updates the ledger asks of the newest round's aggregate."""
        return self.limits.min if self.round.missing else 1

    @property
    def at_hand(self) -> frozenset[str]:
        """Whose update of the newest round is on this node's disk."""
        return frozenset(one.participant for one in self.round.updates if not self.lacks(one))

    @property
    def too_few(self) -> bool:
        """Whether there are too few updates to aggregate, until others come or are given up."""
        if len(self.submitters) < self.limits.min or len(self.at_hand) < self.needed:
            return True
        short = self.journal.shortages.get(self.round.round)
        return short is not None and short.judged == self.at_hand and short.needed <= self.needed

    @property
    def aggregate(self) -> Proposal | None:
        """This node's aggregate, if it is on the disk and of the updates that the ledger has."""
        proposal = self.journal.proposals.get(self.round.round)
        if proposal is None or proposal.digest not in self.held:
            return None
        judged = {*proposal.accepted, *(one.participant for one in proposal.rejected)}
        return proposal if judged == self.submitters else None

    def lacks(self, artifact: Artifact | SubmittedUpdate) -> bool:
        """Whether the artifact is not on this node's disk."""
        return artifact.digest not in self.held
