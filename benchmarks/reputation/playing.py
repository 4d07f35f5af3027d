"""One round, from the first update to its record: the steps that nodes take, on the sandbox."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.reputation.behaviours import Behaviour, Work
from benchmarks.reputation.consortium import Consortium, digest_of
from benchmarks.reputation.members import Scores, honest_scores
from benchmarks.reputation.sandbox import RefusedError
from benchmarks.reputation.world import Site, World
from weftwork.errors import WeftworkError
from weftwork.learning.aggregation import Update, aggregate, capped
from weftwork.learning.data.splits import shuffled
from weftwork.learning.judging.round import Round, Submission
from weftwork.learning.judging.samples import chosen
from weftwork.learning.parameters import training_seed
from weftwork.learning.terms import Terms
from weftwork.learning.training import evaluate
from weftwork.learning.updates import layout_of
from weftwork.learning.weights import load_model
from weftwork.sealing import attestation_hash, scores_hash

__all__ = ["Halted", "Play", "Player"]


@dataclass(frozen=True)
class Player:
    """A provider: its data, and how it behaves, as a provider, as a scorer and as a leader.

    Whoever `lies` proposes another digest whenever it leads.
    """

    organisation: str
    site: Site
    behave: Behaviour
    bend: Callable[[Scores], Scores] = lambda scores: scores
    lies: bool = False


class Halted(WeftworkError):  # noqa: N818 - it says what became of the task
    """The task cannot go on; its ledger has recorded why."""


@dataclass
class Play:
    """A task's rounds. `folder` holds `base`, the newest model, and `before`, the one before it.

    `first` is the number in the whole simulation, of `total` rounds, of the task's first round.
    """

    net: Consortium
    task: str
    terms: Terms
    world: World
    players: Mapping[str, Player]
    folder: Path
    first: int
    total: int

    @property
    def base(self) -> Path:
        """The newest model."""
        return self.folder / "base"

    def round(self, number: int) -> dict[str, Any]:
        """Play it, and return its record. Raises `Halted`."""
        updates = self._submit(number)
        self.net.move("Rounds:Close", self.task, number)
        self._score(number, updates)
        output = self._aggregate(number, updates)
        while (record := self._agree(number, output)) is None:
            self._replace(number)
        self.base.replace(self.folder / "before")
        output.replace(self.base)
        return record

    def accuracy_ppm(self, model: Path, *, test: bool = True) -> int:
        """Of a model, on the test data or on the task's validation data."""
        data = self.world.test if test else self.world.validation
        return evaluate(load_model(self.terms.model, model), data).accuracy_ppm

    def _submit(self, number: int) -> list[Update]:
        """All updates, in the order in which they come in: another one in each round."""
        names, digest = sorted(self.players), digest_of(self.base)
        updates = []
        for place in shuffled(len(names), training_seed(self._seed, number, "order")):
            name = names[place]
            update = self._work(name, number)
            self.net.submit(self.task, number, update, digest)
            updates.append(update)
        return updates

    def _work(self, name: str, number: int) -> Update:
        player, output = self.players[name], self.folder / f"update-{name}"
        elapsed = (self._overall(number) - 1) / max(self.total - 1, 1)
        data = player.site.data
        player.behave(Work(self.terms, name, data, number, self.base, output, elapsed))
        return Update(name, output, len(data))

    def _score(self, number: int, updates: list[Update]) -> None:
        """The committee seals its scores, and then opens them."""
        term = self._term(number)
        made = {}
        for name in term["scorers"]:
            player = self.players[name]
            scores = player.bend(honest_scores(self._case(name, number, updates)))
            salt = _salt(self.task, number, name)
            made[name] = {"salt": salt, "scores": scores}
            hash_ = scores_hash(self.task, number, term["term"], name, salt, scores)
            self.net.by(name, "Committee:SealScores", self.task, number, term["term"], hash_)
        for name, opened in made.items():
            self.net.by(name, "Committee:RevealScores", self.task, number, term["term"], opened)

    def _case(self, judge: str, number: int, updates: list[Update]) -> Round:
        """The round as a member is given it."""
        weights = capped([one.samples for one in updates], self.terms.cap_ratio)
        seed = training_seed(self._seed, number, f"judging {judge}")
        return Round(
            base=self.base,
            submissions=tuple(
                Submission(one.participant, one.path, weight)
                for one, weight in zip(updates, weights, strict=True)
            ),
            judge=judge,
            spec=self.terms.model,
            layout=layout_of(self.terms.model, self.terms.training.composition),
            before=self.folder / "before" if number > 1 else None,
            data=chosen([self.world.validation, self.players[judge].site.held_out], seed),
            contribution=self.terms.judging.contribution,
            seed=seed,
        )

    def _aggregate(self, number: int, updates: list[Update]) -> Path:
        """What every member computes of what the ledger has accepted: the same bits."""
        accepted = self.net.move("Rounds:Get", self.task, number)["accepted"]
        if len(accepted) < self.terms.rule.least:
            raise self._halted()
        by_name = {one.participant: one for one in updates}
        parts = [replace(by_name[one["participant"]], samples=one["weight"]) for one in accepted]
        output, composition = self.folder / "next", self.terms.training.composition
        aggregate(
            self.base,
            parts,
            output,
            layout=layout_of(self.terms.model, composition),
            server=composition.server(),
            participants=len(self.players),
            rule=self.terms.rule,
            threads=1,
        )
        return output

    def _agree(self, number: int, output: Path) -> dict[str, Any] | None:
        """Seal, propose, attest, commit: the record, or None where the proposal has no quorum."""
        term, digest, size = self._term(number), digest_of(output), output.stat().st_size
        place = (self.task, number, term["term"])
        leader = term["leader"]
        accuracy = self.accuracy_ppm(output, test=False)
        followers = [name for name in term["committee"] if name != leader]
        for name in followers:
            hash_ = attestation_hash(*place, name, _salt(*place, name), digest, size)
            self.net.by(name, "Committee:SealAttestation", *place, hash_)
        proposed = _other(digest) if self.players[leader].lies else digest
        proposal = {"term": term["term"], "digest": proposed, "accuracy_ppm": accuracy}
        proposal |= {"size": size, "metrics": {}}
        self.net.by(leader, "Rounds:ProposeAggregate", self.task, number, proposal)
        for name in followers:
            opened = {"salt": _salt(*place, name), "digest": digest, "size": size}
            opened |= {"accuracy_ppm": accuracy}
            self.net.by(name, "Committee:AttestAggregate", *place, opened)
        try:
            record: dict[str, Any] = self.net.move("Rounds:Commit", self.task, number, proposed)
        except RefusedError:
            return None
        return record

    def _replace(self, number: int) -> None:
        """The next term, or the end of the task."""
        term = self._term(number)["term"]
        try:
            self.net.move("Committee:Replace", self.task, number, term)
        except RefusedError:
            raise self._halted() from None

    def _halted(self) -> Halted:
        """End the task. Raises `RefusedError` where it could go on: then this program is wrong."""
        record = self.net.move("Rounds:Halt", self.task)
        return Halted(f"{record['reason']}: {record['detail']}")

    def _term(self, number: int) -> dict[str, Any]:
        term: dict[str, Any] = self.net.move("Rounds:Get", self.task, number)["term"]
        return term

    @property
    def _seed(self) -> int:
        return self.terms.training.seed

    def _overall(self, number: int) -> int:
        return self.first + number - 1


def _salt(*parts: str | int) -> str:
    """Any 256 bits: nobody here guesses."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _other(digest: str) -> str:
    return hashlib.sha256(digest.encode()).hexdigest()
