"""What a node works with: which tasks suit it, and what becomes of files that are not checked."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

import pytest
from structlog.testing import capture_logs

from provider_node.budgets import Admission, Budgets
from provider_node.config import PrivacyLimits
from provider_node.consent import PolicyFile
from provider_node.journal import Journals
from provider_node.memories import Memories
from provider_node.offers import Offer
from provider_node.site import Site
from provider_node.terms import Terms
from provider_node.trainer import InspectJob, Means
from provider_node.trials import Trials
from provider_node.view import Me
from tests.unit.provider_node.test_offers import DIGITS, digits_task
from tests.unit.provider_node.worlds import task
from weftwork.artifacts import Store
from weftwork.errors import EnvironmentFaultError, RefusedError, WeftworkError
from weftwork.learning.data import LocalData
from weftwork.learning.errors import ModelError
from weftwork.learning.privacy.errors import BudgetError
from weftwork.ledger.records import PrivacyBudget, Task, TaskDefinition

TRAINING = {"rounds": 2, "local_epochs": 1, "learning_rate": "0.1", "seed": 7}
CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Offers:
    """Has data sets that fit, or none; counts how often that was tried."""

    def __init__(self, *fitting: Offer) -> None:
        self.fitting = fitting
        self.tried = 0

    async def for_task(self, _: TaskDefinition) -> AsyncIterator[Offer]:
        self.tried += 1
        for one in self.fitting:
            yield one


class Trainers:
    """Whose worker finds fault with a model, or not."""

    def __init__(self, error: WeftworkError | None = None, processes: int = 1) -> None:
        self.means = Means(processes=processes)
        self.error = error
        self.tried: list[InspectJob] = []

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[Self]:
        yield self

    async def inspect(self, job: InspectJob) -> None:
        self.tried.append(job)
        if self.error:
            raise self.error


def site(
    folder: Path,
    role: str = "provider",
    offers: Offers | None = None,
    trainers: Trainers | None = None,
    policy: Path | None = None,
) -> Site:
    nothing: Any = SimpleNamespace()
    scratch = folder / "scratch"
    scratch.mkdir()
    return Site(
        config=nothing,
        me=Me("f1", role),
        ledger=nothing,
        directory=nothing,
        snapshots=nothing,
        store=Store(folder),
        journals=Journals(folder / "journals"),
        scratch=scratch,
        client=nothing,
        trainers=nothing,
        offers=cast("Any", offers or Offers()),
        trials=Trials(cast("Any", trainers or Trainers())),
        budgets=Budgets(PrivacyLimits(), folder / "privacy"),
        memories=Memories(folder / "memory"),
        policy=PolicyFile(policy),
    )


@pytest.mark.parametrize("fits", [True, False])
async def test_a_published_task_suits_whose_data_fit(tmp_path: Path, fits: bool) -> None:
    offers = Offers(*[Offer(DIGITS, 300)] * fits)
    assert await site(tmp_path, offers=offers).suits(published()) is fits
    assert offers.tried == 1


async def test_a_task_that_the_owner_does_not_allow_does_not_suit(tmp_path: Path) -> None:
    node = site(tmp_path, offers=Offers(Offer(DIGITS, 300)))
    paper = {"mode": "ddp-sgd-paper", "epsilon_micro": 2_000_000, "delta": "1e-5"}
    with capture_logs() as lines:
        assert not await node.suits(published(privacy=paper))
    assert "privacy.mode is ddp-sgd-paper; privacy.modes allows none, ddp-sgd" in str(lines)


async def test_a_task_outside_the_policy_does_not_suit_and_no_data_are_read(
    tmp_path: Path,
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("purposes: [energy]\nmax_rounds: 1\n")
    offers = Offers(Offer(DIGITS, 300))
    node = site(tmp_path, offers=offers, policy=policy)
    with capture_logs() as lines:
        assert not await node.suits(published())
    assert [(one["event"], one["reason"]) for one in lines] == [
        (
            "not joining",
            "purposes: the task's purpose is ''; the policy allows 'energy'; "
            "max_rounds: the task's training.rounds is 2; the policy allows 1 at most",
        )
    ]
    assert offers.tried == 0
    policy.write_text("max_rounds: 2\n")
    assert await node.suits(published())


async def test_nothing_is_decided_while_the_policy_cannot_be_read(tmp_path: Path) -> None:
    """A task that is said not to suit would not be looked at again."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("max_rounds: many\n")
    node = site(tmp_path, offers=Offers(Offer(DIGITS, 300)), policy=policy)
    with pytest.raises(RefusedError, match="nothing is allowed until it is mended"):
        await node.suits(published())


async def test_a_model_that_cannot_be_trained_here_does_not_suit(tmp_path: Path) -> None:
    trainers = Trainers(ModelError("layer 1 (BatchNorm1d): no"))
    node = site(tmp_path, offers=Offers(Offer(DIGITS, 300)), trainers=trainers)
    for _ in range(2):
        with capture_logs() as lines:
            assert not await node.suits(published())
        assert "layer 1 (BatchNorm1d): no" in str(lines)
    assert len(trainers.tried) == 1  # and again nothing else would come of it


async def test_a_model_is_tried_again_where_the_machine_failed(tmp_path: Path) -> None:
    trainers = Trainers(EnvironmentFaultError("out of memory"))
    node = site(tmp_path, offers=Offers(Offer(DIGITS, 300)), trainers=trainers)
    with pytest.raises(EnvironmentFaultError):
        await node.suits(published())
    trainers.error = None
    assert await node.suits(published())
    assert await node.suits(published())
    assert len(trainers.tried) == 2


@pytest.mark.parametrize(
    ("samples", "processes", "single"), [(300, 1, False), (301, 1, True), (300, 3, True)]
)
async def test_the_model_is_tried_with_the_batches_that_will_come(
    tmp_path: Path, samples: int, processes: int, single: bool
) -> None:
    trainers = Trainers(processes=processes)
    node = site(tmp_path, offers=Offers(Offer(DIGITS, samples)), trainers=trainers)
    assert await node.suits(published(training={**TRAINING, "batch_size": 5}))
    (job,) = trainers.tried
    assert (job.mode, job.single) == ("none", single)


@pytest.mark.parametrize(("stride", "told"), [(None, 0), (32, 1)])
async def test_windows_that_overlap_are_told_of_before_a_private_task_is_joined(
    tmp_path: Path, stride: int | None, told: int
) -> None:
    source = {"kind": "windows", "path": "t.csv", "length": 64, "stride": stride}
    data = LocalData.model_validate({"name": "readings", "source": source})
    node = site(tmp_path, offers=Offers(Offer(data, 300)))
    private = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}
    with capture_logs() as lines:
        assert await node.suits(published(privacy=private))
    assert str(lines).count("a reading is in up to 2 samples") == told


async def test_the_next_data_set_that_fits_is_taken_where_the_budget_of_one_is_spent(
    tmp_path: Path,
) -> None:
    spent, fresh = (DIGITS.model_copy(update={"name": name}) for name in ("spent", "fresh"))
    node = site(tmp_path, offers=Offers(Offer(spent, 300), Offer(fresh, 200)))

    def admit(task: str, terms: Terms, data: str, samples: int) -> Admission:
        if data == "spent":
            raise BudgetError("nothing is left")
        return Admission(data, samples, PrivacyBudget())

    node = replace(node, budgets=cast("Any", SimpleNamespace(admit=admit)))
    with capture_logs() as lines:
        admission = await node.admission(published())
    assert admission is not None
    assert (admission.data, admission.samples) == ("fresh", 200)
    assert [(one["data"], one["reason"]) for one in lines] == [("spent", "nothing is left")]


def published(**changes: Any) -> Task:
    task_ = task("PUBLISHED", who=["f2"])
    return task_.model_copy(update={"definition": digits_task(**changes)})


@pytest.mark.parametrize(
    ("role", "of"),
    [
        ("archive", task("PUBLISHED", who=[])),
        ("provider", task("PUBLISHED", who=["f1"])),
        ("provider", task("RUNNING", who=["f2"])),
    ],
)
async def test_nothing_is_read_where_the_answer_changes_nothing(
    tmp_path: Path, role: str, of: Task
) -> None:
    offers = Offers()
    assert await site(tmp_path, role, offers).suits(of)
    assert offers.tried == 0


async def test_what_is_kept_is_held(tmp_path: Path) -> None:
    node = site(tmp_path)
    assert DIGEST not in node.held
    with node.scratch_file() as path:
        path.write_bytes(CONTENT)
        kept = await node.keep(path)
    assert (kept.digest, kept.size) == (DIGEST, len(CONTENT))
    assert DIGEST in node.held
    assert list(node.scratch.iterdir()) == []


def test_a_scratch_file_goes_with_the_attempt(tmp_path: Path) -> None:
    node = site(tmp_path)

    def fail(path: Path) -> None:
        path.write_bytes(CONTENT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), node.scratch_file() as path:
        fail(path)
    with node.scratch_file():
        pass  # one that was never written
    assert list(node.scratch.iterdir()) == []


async def test_a_note_is_on_the_disk(tmp_path: Path) -> None:
    node = site(tmp_path)
    await node.note("digits-1", lambda old: old.with_kept(1, DIGEST))
    assert Journals(tmp_path / "journals").load("digits-1").kept == {1: DIGEST}
