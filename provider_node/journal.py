"""What a node remembers of one task beside the ledger and its artifacts: one small JSON file.

It is a memory of work done, never the authority: whatever it has forgotten is worked out again.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weftwork.errors import EnvironmentFaultError
from weftwork.files import write_private
from weftwork.ledger.records import Part, Score, Update
from weftwork.names import is_name

__all__ = ["Journal", "Journals", "Judgement", "MadeAggregate", "MadeUpdate"]

log = structlog.get_logger(__name__)

# Only the open round needs more than a digest; a few more are for whoever lags behind.
RECENT = 16


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MadeUpdate(_Entry):
    """This node's update of a round, which is signed when it is submitted."""

    update: Update


class Judgement(_Entry):
    """This node's scores of a round's updates, and the salt of their seals. Made once a round."""

    scores: tuple[Score, ...]
    salt: str


class MadeAggregate(_Entry):
    """The aggregate that this node computed of `parts`, what it measured, and its seals' salt."""

    parts: tuple[Part, ...]
    digest: str
    size: int
    accuracy_ppm: int
    metrics: dict[str, int] = {}
    salt: str


class Journal(_Entry):
    """Rounds count from 1. A changed journal is a new value: `Journals.change` writes it whole.

    Of rounds long past only the models' digests are kept.
    """

    task: str
    updates: dict[int, MadeUpdate] = Field({}, description="round -> this node's update")
    judgements: dict[int, Judgement] = Field({}, description="round -> this node's scores")
    aggregates: dict[int, MadeAggregate] = Field({}, description="round -> what this node computed")
    received: dict[int, frozenset[str]] = Field(
        {}, description="round -> digests of the others' updates that came here in it"
    )
    kept: dict[int, str] = Field({}, description="round -> digest of its model, which is here")
    given: frozenset[str] = Field(
        frozenset(), description="digests of what the task starts with, given to it or fetched"
    )

    examined: bool = Field(False, description="what the task starts with can be used")

    def knows(self, digest: str) -> bool:
        """Whether the artifact came to this node by way of this task, and not only of another.

        Of what it has trained itself the ledger says whether it counts: another may have submitted
        the digest of an update of ours as its own, and is to get no bytes for it.
        """
        others = (*self.received.values(), self.kept.values())
        made = {one.digest for one in self.aggregates.values()}
        return digest in self.given or digest in made or any(digest in some for some in others)

    def rounds_with(self, digest: str) -> set[int]:
        """The rounds in which this node made, received or kept the artifact."""
        made = {number for number, one in self.updates.items() if one.update.digest == digest}
        aggregated = {number for number, one in self.aggregates.items() if one.digest == digest}
        received = {number for number, some in self.received.items() if digest in some}
        return (
            made
            | aggregated
            | received
            | {number for number, kept in self.kept.items() if kept == digest}
        )

    def with_update(self, round_number: int, made: MadeUpdate) -> "Journal":
        """This journal with the update of `round_number`."""
        recent = {n: one for n, one in self.updates.items() if n > round_number - RECENT}
        return self.model_copy(update={"updates": {**recent, round_number: made}})

    def with_received(self, round_number: int, digest: str) -> "Journal":
        """This journal, knowing that another's update of `round_number` came here in it."""
        recent = {n: some for n, some in self.received.items() if n > round_number - RECENT}
        known = recent.get(round_number, frozenset())
        return self.model_copy(update={"received": {**recent, round_number: known | {digest}}})

    def with_judgement(self, round_number: int, judgement: Judgement) -> "Journal":
        """This journal with the scores of `round_number`."""
        recent = {n: one for n, one in self.judgements.items() if n > round_number - RECENT}
        return self.model_copy(update={"judgements": {**recent, round_number: judgement}})

    def with_aggregate(self, round_number: int, made: MadeAggregate) -> "Journal":
        """This journal with the aggregate of `round_number`."""
        recent = {n: one for n, one in self.aggregates.items() if n > round_number - RECENT}
        past = {n: one.digest for n, one in self.aggregates.items() if n not in recent}
        return self.model_copy(
            update={"aggregates": {**recent, round_number: made}, "kept": {**self.kept, **past}}
        )

    def with_given(self, digest: str) -> "Journal":
        """This journal, knowing that the task starts with this artifact, which is here."""
        return self.model_copy(update={"given": self.given | {digest}})

    def with_examined(self) -> "Journal":
        """This journal, knowing that what the task starts with can be used."""
        return self.model_copy(update={"examined": True})

    def with_kept(self, round_number: int, digest: str) -> "Journal":
        """This journal, knowing that the model of `round_number` is here."""
        return self.model_copy(update={"kept": {**self.kept, round_number: digest}})


class Journals:
    """The journals of a node: `TASK.json` in one folder. Only the node writes there.

    Raises `ValueError` for what cannot be a task's name: it comes from strangers, too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changing = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def change(self, task: str, change: Callable[[Journal], Journal]) -> None:
        """Replace the journal of `task` by what `change` makes of it; one change at a time."""
        with self._changing:
            self._save(change(self.load(task)))

    def load(self, task: str) -> Journal:
        """The journal of `task`; an empty one if there is none, or none that can be read."""
        try:
            journal = Journal.model_validate_json(self._path(task).read_bytes())
        except FileNotFoundError:
            return Journal(task=task)
        except ValidationError:
            log.warning("journal cannot be read, and is begun anew", task=task)
            return Journal(task=task)
        except OSError as error:
            where = self._path(task)
            raise EnvironmentFaultError(f"{where}: cannot be read: {error.strerror}") from error
        return journal if journal.task == task else Journal(task=task)

    def _save(self, journal: Journal) -> None:
        """Replace the journal; it is on the disk when this returns, whole or not at all."""
        write_private(self._path(journal.task), journal.model_dump_json(by_alias=True).encode())

    def _path(self, task: str) -> Path:
        if not is_name(task):
            raise ValueError(f"{task!r} is no name of a task")
        return self._folder / f"{task}.json"
