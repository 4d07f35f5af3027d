"""A consortium without processes: nodes that do what `duties` says, on a ledger in memory.

The ledger here follows the rules of the chaincode that matter for progress, and refuses what it
would refuse. Nodes can be away, come back, and forget their journals.
"""

from dataclasses import dataclass, field

from provider_node.duties import Owed, owed
from provider_node.entitlement import came_by
from provider_node.journal import Journal, MadeUpdate
from provider_node.steps import (
    Aggregate,
    Collect,
    Commit,
    Fetch,
    Finalize,
    Join,
    Keep,
    Propose,
    Push,
    Start,
    Step,
    Submit,
    Train,
)
from provider_node.view import Me, View
from tests.unit.provider_node.worlds import INITIAL, digest, joined, task
from weftwork.ledger.records import (
    Artifact,
    Joined,
    Left,
    Proposal,
    Rejection,
    Round,
    RoundRecord,
    SubmittedUpdate,
    Task,
    Update,
)

ROUND_MS, JOIN_MS = 10_000, 5_000
ARCHIVE = "archive"


class RefusedError(Exception):
    """The ledger says no."""


class UnreachableError(Exception):
    """The other node is away, or does not have it."""


def require(condition: bool, why: str) -> None:
    if not condition:
        raise RefusedError(why)


@dataclass
class Node:
    name: str
    role: str
    held: set[str] = field(default_factory=set)
    journal: Journal = field(default_factory=lambda: Journal(task="digits-1"))
    up: bool = True
    vain: dict[Step, int] = field(default_factory=dict)


@dataclass
class Consortium:
    """`names` are the providers; the task needs `least` of them and takes all."""

    names: list[str]
    least: int
    rounds: int
    now_ms: int = 0
    joined: dict[str, Joined] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    chosen: list[str] = field(default_factory=list)
    updates: dict[tuple[int, str], SubmittedUpdate] = field(default_factory=dict)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    records: list[RoundRecord] = field(default_factory=list)
    opened_ms: int = 0
    finished: bool = False

    def __post_init__(self) -> None:
        self.nodes = {name: Node(name, "provider") for name in self.names}
        self.nodes[ARCHIVE] = Node(ARCHIVE, "archive", {digest("initial"), digest("validation")})
        limits = {"min": self.least, "max": len(self.names), "join_seconds": JOIN_MS // 1000}
        self.published = task("PUBLISHED", who=[], participants=limits)

    # --- what the ledger shows

    @property
    def number(self) -> int:
        return min(len(self.records) + 1, self.rounds) if self.chosen else 0

    @property
    def base(self) -> Artifact:
        number = self.number
        if number > 1:
            before = self.records[number - 2]
            return Artifact(digest=before.digest, size=before.size)
        return INITIAL

    @property
    def staying(self) -> list[str]:
        return [name for name in self.chosen if name not in self.left]

    @property
    def leader(self) -> str:
        order = sorted(self.staying, key=lambda name: digest(f"{self.base.digest}\n{name}"))
        return order[0] if order else ""

    def task(self) -> Task:
        state = "FINISHED" if self.finished else "RUNNING" if self.chosen else "PUBLISHED"
        return self.published.model_copy(
            update={
                "state": state,
                "joined": list(self.joined.values()),
                "left": [Left(participant=name, left_at_ms=1) for name in self.left],
                "participants": self.chosen,
                "round": self.number,
                "model": self.base,
            }
        )

    def round(self) -> Round | None:
        if not self.chosen:
            return None
        number = self.number
        ended = len(self.records) == number
        return Round(
            task="digits-1",
            round=number,
            state="COMMITTED" if ended else "PROPOSED" if number in self.proposals else "OPEN",
            leader=self.records[-1].leader if ended else self.leader,
            base=self.base,
            opened_at_ms=self.opened_ms,
            deadline_ms=self.opened_ms + ROUND_MS,
            participants=self.staying,
            updates=self.submitted(number),
            missing=[name for name in self.staying if (number, name) not in self.updates],
            proposal=self.proposals.get(number),
            record=self.records[-1] if ended else None,
        )

    def submitted(self, number: int) -> list[SubmittedUpdate]:
        found = [self.updates.get((number, name)) for name in self.chosen]
        return [one for one in found if one]

    # --- what nodes do

    def owed(self, node: Node) -> Owed:
        away = {s.participant for s, n in node.vain.items() if isinstance(s, Collect) and n >= 3}
        return owed(
            View(
                me=Me(node.name, node.role),
                task=self.task(),
                newest=self.round(),
                journal=node.journal,
                held=node.held,
                now_ms=self.now_ms,
                out_of_reach=away,
            )
        )

    def act(self, name: str) -> bool:
        """Let a node take its first step that works; whether one did."""
        node = self.nodes[name]
        if not node.up:
            return False
        for step in self.owed(node).steps:
            try:
                self.perform(node, step)
            except UnreachableError:
                node.vain[step] = node.vain.get(step, 0) + 1
            else:
                node.vain.pop(step, None)
                return True
        return False

    def perform(self, node: Node, step: Step) -> None:  # noqa: C901  a table of steps
        match step:
            case Join():
                entry = joined(node.name, self.now_ms)
                self.joined.setdefault(node.name, Joined.model_validate(entry))
            case Start(participants):
                self.start(list(participants))
            case Fetch(artifact, number):
                self.take(node, artifact.digest)
                starting = number == 1
                node.journal = (
                    node.journal.with_given(artifact.digest)
                    if starting
                    else node.journal.with_kept(number - 1, artifact.digest)
                )
            case Train(number):
                self.train(node, number)
            case Push(number, leader):
                target = self.nodes[leader]
                if not target.up:
                    raise UnreachableError
                target.held.add(node.journal.updates[number].update.digest)
                node.journal = node.journal.with_push(number, leader)
            case Submit(number):
                self.submit(node, number)
            case Collect(number, participant):
                self.take(node, self.updates[number, participant].digest, participant)
            case Aggregate(number, away):
                self.aggregate(node, number, away)
            case Propose(number):
                self.propose(node, number)
            case Commit(number):
                self.commit(node, number)
            case Finalize():
                require(len(self.records) == self.rounds and not self.finished, "not final")
                self.finished = True
            case Keep(number):
                self.take(node, self.records[number - 1].digest)
                node.journal = node.journal.with_kept(number, self.records[number - 1].digest)

    def take(self, node: Node, wanted: str, source: str = "") -> None:
        sources = [self.nodes[source]] if source else list(self.nodes.values())
        if wanted not in node.held and not any(self.gives(one, wanted) for one in sources):
            raise UnreachableError
        node.held.add(wanted)

    def gives(self, node: Node, wanted: str) -> bool:
        """Whether a node has the artifact, and knows that it is the task's."""
        if not node.up or wanted not in node.held:
            return False
        newest = self.round()
        rounds = [newest] if newest else []
        if newest and newest.round > 1:
            rounds.append(self.past(newest.round - 1))
        return node.journal.knows(wanted) or came_by(node.name, wanted, self.task(), rounds)

    def past(self, number: int) -> Round:
        """A committed round."""
        record = self.records[number - 1]
        return Round(
            task="digits-1",
            round=number,
            state="COMMITTED",
            leader=record.leader,
            base=Artifact(digest=record.base_digest, size=9),
            opened_at_ms=0,
            deadline_ms=0,
            participants=self.staying,
            updates=self.submitted(number),
            record=record,
        )

    def train(self, node: Node, number: int) -> None:
        assert self.base.digest in node.held, "training without a base"
        made = Update(
            digest=digest(f"{node.name} {number} {self.base.digest}"),
            size=9,
            samples=10,
            base_digest=self.base.digest,
            signature="sig",
        )
        node.held.add(made.digest)
        node.journal = node.journal.with_update(number, MadeUpdate(update=made))

    def aggregate(self, node: Node, number: int, away: frozenset[str]) -> None:
        names = [one.participant for one in self.submitted(number)]
        accepted = [name for name in names if name not in away]
        for name in accepted:
            assert self.updates[number, name].digest in node.held, "averaging what is not there"
        model = digest(f"model of {number} from {accepted}")
        node.held.add(model)
        rejected = [Rejection(participant=name, reason="unavailable") for name in sorted(away)]
        aggregate = Proposal(digest=model, size=9, accepted=accepted, rejected=rejected)
        node.journal = node.journal.with_proposal(number, aggregate)

    # --- what the ledger allows

    def start(self, names: list[str]) -> None:
        require(not self.chosen, "started")
        require(self.least <= len(names) <= len(self.names), "too few or too many")
        require(all(name in self.joined and name not in self.left for name in names), "not joined")
        full = len(names) == len(self.names)
        require(full or self.now_ms >= JOIN_MS, "joining is not over")
        self.chosen, self.opened_ms = names, self.now_ms

    def submit(self, node: Node, number: int) -> None:
        update = node.journal.updates[number].update
        key = (number, node.name)
        require(key not in self.updates, "a second update")
        require(number == self.number and number not in self.proposals, "closed")
        require(update.base_digest == self.base.digest, "another base")
        require(node.name in self.staying, "left")
        self.updates[key] = SubmittedUpdate(participant=node.name, **update.model_dump())

    def propose(self, node: Node, number: int) -> None:
        proposal = node.journal.proposals[number]
        require(node.name == self.leader, "not the leader")
        require(number == self.number and number not in self.proposals, "closed")
        judged = {*proposal.accepted, *(one.participant for one in proposal.rejected)}
        require(judged == {one.participant for one in self.submitted(number)}, "passed over")
        missing = [name for name in self.staying if (number, name) not in self.updates]
        require(bool(proposal.accepted), "none accepted")
        if missing:
            require(self.now_ms >= self.opened_ms + ROUND_MS, "not due")
            require(len(proposal.accepted) >= self.least, "too few")
        self.proposals[number] = proposal

    def commit(self, node: Node, number: int) -> None:
        proposal = self.proposals[number]
        require(node.name == self.leader, "not the leader")
        require(number == self.number and len(self.records) == number - 1, "committed")
        self.records.append(
            RoundRecord(
                task="digits-1",
                round=number,
                leader=node.name,
                base_digest=self.base.digest,
                digest=proposal.digest,
                size=proposal.size,
                sampled=self.chosen,
                outcome="FINAL" if number == self.rounds else "CONTINUE",
            )
        )
        self.opened_ms = self.now_ms
