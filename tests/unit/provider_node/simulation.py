"""A consortium without processes: nodes that do what `duties` says, on a ledger in memory.

Nodes can be away, come back, and forget their journals. Some lie in their aggregates, each in its
own way, and some never judge.
"""

from dataclasses import dataclass, field

from provider_node.duties import Owed, owed
from provider_node.entitlement import came_by
from provider_node.journal import Journal, Judgement, MadeAggregate, MadeUpdate
from provider_node.steps import (
    Aggregate,
    Attest,
    Close,
    Collect,
    Commit,
    Count,
    Examine,
    Extend,
    Fetch,
    Finalize,
    Halt,
    Join,
    Judge,
    Keep,
    Propose,
    Replace,
    Report,
    Reveal,
    Seal,
    SealScores,
    Start,
    Step,
    Submit,
    Train,
)
from provider_node.view import Me, View
from tests.unit.provider_node.ledger import MemoryLedger
from tests.unit.provider_node.terms import ID
from tests.unit.provider_node.worlds import digest
from weftwork.ledger.records import (
    OpenedAttestation,
    OpenedScores,
    Round,
    Score,
    Update,
)
from weftwork.sealing import attestation_hash, scores_hash

ARCHIVE = "archive"


class UnreachableError(Exception):
    """The other node is away, or does not have it; or this one does not do the step."""


class WrongBytesError(Exception):
    """The other node gives other bytes; this one remembers that."""


@dataclass
class Node:
    """`lies`: in every aggregate. `mute`: it never judges. `forges`: it gives others other bytes.

    `wrong`: who gave this node other bytes, and in which round.
    """

    name: str
    role: str
    held: set[str] = field(default_factory=set)
    journal: Journal = field(default_factory=lambda: Journal(task=ID))
    up: bool = True
    lies: bool = False
    mute: bool = False
    forges: bool = False
    wrong: set[tuple[int, str]] = field(default_factory=set)

    def forget(self) -> None:
        self.journal = Journal(task=ID)


class Consortium:
    """The providers `names` and an archive, on `ledger`. `withheld`: nobody gives these digests."""

    def __init__(self, names: list[str], least: int, rounds: int, committee: int = 3) -> None:
        self.ledger = MemoryLedger(names, least, rounds, committee)
        self.nodes = {name: Node(name, "provider") for name in names}
        self.nodes[ARCHIVE] = Node(ARCHIVE, "archive", {digest("initial"), digest("validation")})
        self.waiting: dict[tuple[int, int, str], int] = {}
        self.salts = 0
        self.withheld: set[str] = set()

    def newest(self) -> Round | None:
        return self.ledger.round(len(self.ledger.rounds)) if self.ledger.rounds else None

    def owed(self, node: Node) -> Owed:
        return owed(self.view(node))

    def view(self, node: Node) -> View:
        newest = self.newest()
        wrong = {name for number, name in node.wrong if newest and number == newest.round}
        return View(
            me=Me(node.name, node.role),
            task=self.ledger.task(),
            newest=newest,
            journal=node.journal,
            held=node.held,
            now_ms=self.ledger.now_ms,
            wrong=frozenset(wrong),
            waited_ms=self.waited(newest),
        )

    def waited(self, newest: Round | None) -> dict[str, int]:
        """Since when the round waits for whom: all nodes that are up have seen it."""
        now = self.ledger.now_ms
        names: list[tuple[int, int, str]] = []
        if newest and newest.term and self.ledger.state == "RUNNING":
            bench = View(Me("", ""), self.ledger.task(), newest, Journal(task=ID), (), now).bench
            number = newest.term.term
            names = [(newest.round, number, one) for one in (bench.owing if bench else [])]
        self.waiting = {key: self.waiting.get(key, now) for key in names}
        return {key[2]: now - since for key, since in self.waiting.items()}

    def act(self, name: str) -> bool:
        """Let a node take its first step that works; whether one did."""
        node = self.nodes[name]
        if not node.up:
            return False
        for step in self.owed(node).steps:
            try:
                self.perform(node, step)
            except UnreachableError:
                continue
            except WrongBytesError:
                pass
            return True
        return False

    def perform(self, node: Node, step: Step) -> None:  # noqa: C901 - a table of steps
        ledger = self.ledger
        match step:
            case Join():
                ledger.join(node.name)
            case Start(participants):
                ledger.start(list(participants))
            case Fetch() | Collect() | Keep():
                self.get(node, step)
            case Examine():
                node.journal = node.journal.with_examined()
            case Train(number):
                self.train(node, number)
            case Submit(number):
                ledger.submit(node.name, number, node.journal.updates[number].update)
            case Close(number):
                ledger.close(number)
            case Extend(number):
                ledger.extend(number)
            case Judge(number, away, wrong):
                self.judge(node, number, away, wrong)
            case Aggregate(number):
                self.aggregate(node, number)
            case SealScores() | Reveal() | Seal() | Propose() | Attest() | Report():
                self.serve(node, step)
            case Replace(number, term):
                ledger.replace(number, term)
            case Commit(number):
                ledger.commit(number)
            case Halt():
                ledger.halt()
            case Finalize():
                ledger.finalize()
            case Count(msp_id):
                ledger.count(msp_id)
            case _:
                raise AssertionError(f"{node.name} owes {step}")

    def serve(
        self, node: Node, step: SealScores | Reveal | Seal | Propose | Attest | Report
    ) -> None:
        """What a member of the committee does on the ledger."""
        ledger, number, me = self.ledger, step.round, node.name
        term, quorum = ledger.term(number, step.term), ledger.open.quorum
        now, told = ledger.now_ms, (ID, number, step.term, me)
        made = node.journal.aggregates.get(number)
        match step:
            case SealScores():
                scores = [one.model_dump() for one in node.journal.judgements[number].scores]
                salt = node.journal.judgements[number].salt
                term.seal_scores(me, scores_hash(*told, salt, scores), now)
            case Reveal():
                known = node.journal.judgements[number]
                opened = OpenedScores(salt=known.salt, scores=list(known.scores))
                term.reveal(me, opened, now, ledger.left, quorum)
            case Report(accused=accused):
                if self.nodes[accused].up:
                    raise UnreachableError  # it answers: it is slow, not away
                term.report(me, accused)
            case _ if made is None:
                raise AssertionError(f"{me} owes {step} without an aggregate")
            case Seal():
                sealed = attestation_hash(*told, made.salt, made.digest, made.size)
                term.seal(me, sealed, now, ledger.left, quorum)
            case Propose():
                term.propose(me, made.digest, now, ledger.left, quorum)
            case Attest():
                attestation = OpenedAttestation(salt=made.salt, digest=made.digest, size=made.size)
                term.attest(me, attestation, now)

    # --- artifacts

    def get(self, node: Node, step: Fetch | Collect | Keep) -> None:
        match step:
            case Fetch(artifact, 1):
                self.take(node, artifact.digest)
                node.journal = node.journal.with_given(artifact.digest)
            case Fetch(artifact, number):
                self.take(node, artifact.digest)
                node.journal = node.journal.with_kept(number - 1, artifact.digest)
            case Collect(number, participant):
                assert self.ledger.open.terms, "an update before the round is closed"
                wanted = self.ledger.rounds[number - 1].updates[participant].digest
                if self.nodes[participant].forges and self.nodes[participant].up:
                    node.wrong.add((number, participant))
                    raise WrongBytesError
                self.take(node, wanted)
                node.journal = node.journal.with_received(number, wanted)
            case Keep(number):
                kept = self.ledger.records[number - 1].digest
                self.take(node, kept)
                node.journal = node.journal.with_kept(number, kept)

    def take(self, node: Node, wanted: str) -> None:
        given = any(self.gives(one, wanted) for one in self.nodes.values())
        if wanted not in node.held and (wanted in self.withheld or not given):
            raise UnreachableError
        node.held.add(wanted)

    def gives(self, node: Node, wanted: str) -> bool:
        """Whether a node has the artifact, and knows that it is the task's."""
        if not node.up or wanted not in node.held:
            return False
        count = len(self.ledger.rounds)
        rounds = [self.ledger.round(number) for number in range(max(1, count - 1), count + 1)]
        known = came_by(node.name, wanted, self.ledger.task(), rounds)
        return known or node.journal.knows(wanted)

    # --- computations

    def train(self, node: Node, number: int) -> None:
        base = self.ledger.open.base.digest
        assert base in node.held, "training without a base"
        made = Update(
            digest=digest(f"{node.name} {number} {base}"),
            size=9,
            samples=10,
            base_digest=base,
            signature="sig",
        )
        node.held.add(made.digest)
        node.journal = node.journal.with_update(number, MadeUpdate(update=made))

    def judge(self, node: Node, number: int, away: frozenset[str], wrong: frozenset[str]) -> None:
        if node.mute:
            raise UnreachableError
        others = [one for one in self.ledger.open.submitted() if one.participant != node.name]
        for one in others:
            assert one.participant in away or one.digest in node.held, "judging what is not there"
        reasons = dict.fromkeys(away, "late") | dict.fromkeys(wrong, "digest-mismatch")
        scores = tuple(score(one.participant, reasons.get(one.participant)) for one in others)
        judgement = Judgement(scores=scores, salt=self.salt())
        node.journal = node.journal.with_judgement(number, judgement)

    def aggregate(self, node: Node, number: int) -> None:
        parts = self.ledger.accepted(number)
        for part in parts:
            update = self.ledger.open.updates[part.participant]
            assert update.digest in node.held, "averaging what is not there"
        model = self.honest(number)
        model = digest(f"{node.name} lies of {model}") if node.lies else model
        node.held.add(model)
        made = MadeAggregate(
            parts=tuple(parts), digest=model, size=9, accuracy_ppm=-1, salt=self.salt()
        )
        node.journal = node.journal.with_aggregate(number, made)

    def honest(self, number: int) -> str:
        """The digest of the right aggregate."""
        parts = self.ledger.accepted(number)
        return digest(f"model of {number} from {[one.participant for one in parts]}")

    def salt(self) -> str:
        self.salts += 1
        return digest(f"salt {self.salts}")


def score(name: str, reason: str | None) -> Score:
    if reason:
        return Score(participant=name, verdict="rejected", reason=reason)
    return Score(participant=name, verdict="accepted", score_micro=1)
