"""What a node sees of one task: the ledger, its own disk, and who it is. Values, no calls."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from provider_node.bench import Bench
from provider_node.journal import Journal, Judgement, MadeAggregate, MadeUpdate
from weftwork.ledger.records import (
    Artifact,
    ParticipantLimits,
    Round,
    SubmittedUpdate,
    Task,
)
from weftwork.sealing import attestation_hash, scores_hash

__all__ = ["Me", "View"]

# Later than any time.
FAR_MS = 1 << 53


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
    `wrong` the names of providers who gave other bytes than they submitted in the newest round.
    `waited_ms`: for how long this node has seen the round wait for each member of its committee.
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
    wrong: frozenset[str] = frozenset()
    waited_ms: Mapping[str, int] = field(default_factory=dict)
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
    def held_up_from_ms(self) -> int:
        """From when on whoever cannot deliver in the newest round holds the task up.

        By then its time is over, and half of the time that it was given on top. Without an
        extension it is held up by nobody: the others end it at its deadline.
        """
        half_ms = 500 * self.task.definition.round_seconds
        return self.round.deadline_ms - half_ms if self.round.extended else FAR_MS

    @property
    def seated(self) -> bool:
        """Whether this node is on the newest round's committee."""
        return self.me.name in self.round.committee

    @property
    def scoring(self) -> bool:
        """Whether its scores count in the newest round, whatever the term."""
        return self.round.term is not None and self.me.name in self.round.term.scorers

    @property
    def bench(self) -> Bench | None:
        """The newest round's committee, once the round is closed."""
        term = self.round.term
        if term is None:
            return None
        gone = {one.participant for one in self.task.left}
        organisations = {one.participant: one.msp_id for one in self.task.joined}
        least = self.task.definition.aggregation.least
        return Bench(self.round, term, self.now_ms, gone, organisations, least)

    @property
    def gather_by_ms(self) -> int:
        """Until when this node waits for what it lacks to judge: half of the step's time.

        Then it judges without, so that nobody who withholds bytes makes it miss its own part. Where
        the scores of an earlier term stand, it is half of the time to compute.
        """
        term = self.round.term
        if term is None:
            return FAR_MS
        by_ms = term.score_by_ms if term.evaluation == term.term else term.seal_by_ms
        return by_ms - 500 * self.task.definition.governance.stage_seconds

    @property
    def validation(self) -> Artifact | None:
        """The task's validation data; None where it has none, or they are not on the disk."""
        found = self.task.definition.validation
        return None if found is None or self.lacks(found) else found

    @property
    def position(self) -> int:
        """This node's place among those who may move the task on: the leader's is 0."""
        seats = [self.round.leader, *self.round.committee, *self.task.participants]
        order = list(dict.fromkeys(name for name in seats if name))
        return order.index(self.me.name) if self.me.name in order else len(order)

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
    def at_hand(self) -> frozenset[str]:
        """Whose update of the newest round is on this node's disk."""
        return frozenset(one.participant for one in self.round.updates if not self.lacks(one))

    @property
    def judgement(self) -> Judgement | None:
        """This node's scores of the newest round's updates."""
        return self.journal.judgements.get(self.round.round)

    @property
    def aggregate(self) -> MadeAggregate | None:
        """The aggregate that this node made of just what was accepted, if it is here."""
        made = self.journal.aggregates.get(self.round.round)
        if made is None or made.digest not in self.held:
            return None
        return made if made.parts == tuple(self.round.accepted) else None

    @property
    def remembers_scores(self) -> bool:
        """Whether this node's scores are those that it is bound to: a journal may be lost."""
        term, made = self.round.term, self.judgement
        if term is None or made is None:
            return False
        scores = [one.model_dump() for one in made.scores]
        told = (self.task.id, self.round.round, term.term, self.me.name)
        mine = scores_hash(*told, made.salt, scores)
        return any((one.participant, one.hash) == (told[3], mine) for one in term.scores_sealed)

    @property
    def remembers_digest(self) -> bool:
        """Whether this node's aggregate and salt are those that it is bound to."""
        term, made = self.round.term, self.aggregate
        if term is None or made is None:
            return False
        told = (self.task.id, self.round.round, term.term, self.me.name)
        mine = attestation_hash(*told, made.salt, made.digest, made.size)
        return any((one.participant, one.hash) == (told[3], mine) for one in term.sealed)

    def lacks(self, artifact: Artifact | SubmittedUpdate) -> bool:
        """Whether the artifact is not on this node's disk."""
        return artifact.digest not in self.held
