"""What a node lets tasks learn: its owner's limits, and the book of what is spent."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from provider_node.budgets import Admission, Budgets, NotAllowedError, said_of
from provider_node.config import PrivacyLimits
from provider_node.terms import Terms
from tests.unit.provider_node.test_offers import digits_task
from weftwork.errors import IntegrityError
from weftwork.learning.privacy import plan as plans
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.spends import Spends
from weftwork.ledger.records import Join

TASK, DATA, SAMPLES = "digits-1", "pumps", 400
PRIVATE = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}
ROUNDS = 3


def terms(*, strategy: str = "fedavg", **privacy: Any) -> Terms:
    training = {
        "strategy": [{"name": strategy}],
        "rounds": ROUNDS,
        "local_epochs": 1,
        "batch_size": 10_000,  # more than there are: accountants are quick where nothing is drawn
        "learning_rate": "0.1",
        "momentum": "0",
        "seed": 1,
    }
    return Terms.of(digits_task(training=training, privacy=PRIVATE | privacy if privacy else None))


PRIVATE_TERMS = terms(samples="noisy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "privacy"


def budgets(folder: Path, **limits: Any) -> Budgets:
    return Budgets(PrivacyLimits.model_validate(limits), folder)


def joined(admission: Admission) -> Join:
    return Join(
        data_type=admission.data,
        samples=admission.samples,
        schema_digest="0" * 64,
        acceptance="c2lnbmF0dXJl",
        privacy_budget=admission.budget,
    )


def test_a_task_without_privacy_gets_the_count_and_spends_nothing(folder: Path) -> None:
    node, plain = budgets(folder), terms()
    admission = node.admit(TASK, plain, DATA, SAMPLES)
    assert (admission.samples, admission.budget.mode) == (SAMPLES, "none")
    assert node.spend(TASK, plain, joined(admission), 1, "base").mode == "none"
    assert node.terms(TASK, plain, joined(admission)) is None
    assert not list(folder.glob("*.jsonl"))


def admitted(node: Budgets, task: str = TASK, samples: int = SAMPLES, data: str = DATA) -> Join:
    """What the node joins a task with, of which nothing is told yet."""
    return joined(node.admit(task, PRIVATE_TERMS, data, samples))


def member(node: Budgets, task: str = TASK, samples: int = SAMPLES, data: str = DATA) -> Join:
    """What the node has joined a task with."""
    join = admitted(node, task, samples, data)
    node.joining(task, PRIVATE_TERMS, join)
    return join


def entries(folder: Path, data: str = DATA) -> list[str]:
    """What is booked: the task, and what of it."""
    found = Spends(folder).entries(data)
    return ["/".join(one.key.split("/")[:-1]) for one in found]


def test_the_count_is_noisy_and_in_one_life_always_the_same(folder: Path) -> None:
    node = budgets(folder)
    told = {admitted(node).samples for _ in range(3)}
    others = {admitted(node, f"t{i}").samples for i in "abcd"}
    assert len(told) == 1
    assert len(told | others) > 2
    assert all(abs(count - SAMPLES) < 200 for count in told | others)


def test_nothing_is_kept_of_a_task_that_is_not_joined(folder: Path) -> None:
    node = budgets(folder)
    admitted(node)
    assert not list(folder.glob("*.secret"))
    assert node.tasks == []
    member(node)
    assert node.tasks == [TASK]


def test_what_was_told_once_is_told_again_though_the_data_have_changed(folder: Path) -> None:
    """With the same noise two counts tell their difference; other noise would be unpaid for."""
    told = member(budgets(folder)).samples
    later = budgets(folder)
    assert member(later, samples=SAMPLES + 1).samples == told
    assert admitted(later, samples=10 * SAMPLES).samples == told
    assert entries(folder) == [f"{TASK}/joining"]


def test_another_data_set_has_another_secret_and_pays_for_its_own_count(folder: Path) -> None:
    first = member(budgets(folder))
    kept = Kept.load(folder / f"{TASK}.secret")
    second = member(budgets(folder), data="valves")
    now = Kept.load(folder / f"{TASK}.secret")
    assert kept is not None
    assert now is not None
    assert (kept.data, now.data) == (first.data_type, second.data_type) == (DATA, "valves")
    assert kept.secret != now.secret
    assert entries(folder) == entries(folder, "valves") == [f"{TASK}/joining"]


def test_the_node_grants_its_own_limit_where_that_is_less(folder: Path) -> None:
    admission = budgets(folder, epsilon_per_task="0.5").admit(TASK, PRIVATE_TERMS, DATA, SAMPLES)
    assert admission.budget.epsilon_micro == 500_000
    assert said_of(admission.budget).startswith("ddp-sgd: epsilon 0.5, delta 0.00001")
    assert "too large for 200000 samples" in said_of(admission.budget, samples=200_000)


def test_client_level_is_planned_for_one_from_the_start(folder: Path) -> None:
    """What it promises hides how large the data set is."""
    node, asked = budgets(folder), terms(mode="client-level", threshold={"rule": "fixed"})
    admission = node.admit(TASK, asked, DATA, SAMPLES)
    assert admission.samples == 1
    node.joining(TASK, asked, joined(admission))
    assert budgets_plan(folder).samples == 1
    spent = [node.spend(TASK, asked, joined(admission), one, "in").epsilon_micro for one in (1, 3)]
    assert 0 < spent[0] < spent[1] <= 2_000_000


def test_a_grant_is_never_more_than_the_owners_limit(folder: Path) -> None:
    """The ledger counts millionths."""
    admission = budgets(folder, epsilon_per_task="0.7654329").admit(
        TASK, PRIVATE_TERMS, DATA, SAMPLES
    )
    assert admission.budget.epsilon_micro == 765_432
    with pytest.raises(BudgetError, match="leaves no epsilon at all"):
        budgets(folder, epsilon_per_task="0.0000009").admit(TASK, PRIVATE_TERMS, DATA, SAMPLES)


@pytest.mark.parametrize(
    ("asked", "limits", "why"),
    [
        ({"mode": "ddp-sgd-paper"}, {}, "privacy.mode is ddp-sgd-paper; privacy.modes allows none"),
        ({"delta": "1e-4"}, {}, "privacy.delta is 0.0001; privacy.delta is 0.00001"),
        ({"samples": "exact"}, {}, "exact number of samples; privacy.exact does not list samples"),
        ({"samples": "noisy"}, {"modes": ["client-level"]}, "privacy.modes allows client-level"),
        ({"samples": "noisy"}, {"epsilon_per_data_set": "1"}, "pumps has not enough privacy left"),
    ],
)
def test_what_the_owner_does_not_allow_is_said(
    folder: Path, asked: dict[str, Any], limits: dict[str, Any], why: str
) -> None:
    with pytest.raises(NotAllowedError, match=why):
        budgets(folder, **limits).admit(TASK, terms(**asked), DATA, SAMPLES)


def test_the_spend_grows_with_the_rounds_up_to_the_budget(folder: Path) -> None:
    node = budgets(folder)
    join = member(node)
    spent = [node.spend(TASK, PRIVATE_TERMS, join, number, "inputs") for number in (1, 2, 3)]
    micros = [one.epsilon_micro for one in spent]
    assert micros == sorted(set(micros))
    assert 1_900_000 < micros[-1] <= 2_000_000
    assert spent[0].model_dump()["neighbouring"] == "add-or-remove-one"
    meant = r"ddp-sgd: epsilon 2\.\d\d of 2 spent, delta 0\.00001, add-or-remove-one sample"
    with pytest.raises(BudgetError, match=f"with round 4 it would be {meant}$"):
        node.spend(TASK, PRIVATE_TERMS, join, 4, "inputs")


def test_a_round_done_again_is_paid_for_once_and_from_other_inputs_again(folder: Path) -> None:
    node = budgets(folder)
    join = member(node)
    first = node.spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    again = budgets(folder).spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    assert again == first
    assert node.spend(TASK, PRIVATE_TERMS, join, 1, "other").epsilon_micro > first.epsilon_micro


def test_a_lost_secret_makes_all_of_it_another_release(folder: Path) -> None:
    """Label counts are drawn anew, too."""
    node = budgets(folder)
    join = member(node)
    first = node.spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    (folder / f"{TASK}.secret").unlink()
    second = node.spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    assert second.epsilon_micro > first.epsilon_micro
    assert entries(folder) == 2 * [f"{TASK}/joining", f"{TASK}/round/1/inputs"]
    plan = budgets_plan(folder)
    assert second.epsilon_micro == pytest.approx(1e6 * plan.epsilon_after(2, joinings=2), abs=1)


def budgets_plan(folder: Path) -> plans.Plan:
    kept = Kept.load(folder / f"{TASK}.secret")
    assert kept is not None
    return kept.plan


def test_the_plan_is_that_of_the_joining_though_another_version_finds_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = budgets(folder)
    join = member(node)
    first = node.spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    before = budgets_plan(folder)

    def louder(draft: plans.Plan) -> dict[str, float | None]:
        return {"noise_multiplier": 99.0, "gradient_noise": 99.0, "side_noise": None}

    monkeypatch.setattr(plans, "_noise", louder)
    upgraded = budgets(folder)
    assert upgraded.spend(TASK, PRIVATE_TERMS, join, 1, "inputs") == first
    made = upgraded.terms(TASK, PRIVATE_TERMS, join)
    assert made is not None
    assert made.plan == before


@pytest.mark.parametrize("damage", [b"{", bytes(32)])
def test_a_damaged_secret_is_not_replaced(folder: Path, damage: bytes) -> None:
    node = budgets(folder)
    join = member(node)
    (folder / f"{TASK}.secret").write_bytes(damage)
    with pytest.raises(IntegrityError, match="holds no task's secret"):
        node.spend(TASK, PRIVATE_TERMS, join, 1, "inputs")
    with pytest.raises(IntegrityError, match="holds no task's secret"):
        admitted(node, "digits-2")


def test_a_data_set_has_one_budget_for_all_tasks(folder: Path) -> None:
    node = budgets(folder, epsilon_per_data_set=Decimal("2.1"))
    join = member(node)
    for number in (1, 2, 3):
        node.spend(TASK, PRIVATE_TERMS, join, number, "inputs")
    node.forget(TASK)
    with pytest.raises(NotAllowedError, match=r"all 3 rounds \(privacy\.epsilon_per_data_set\)$"):
        admitted(node, "digits-2")

    def train_another() -> None:
        for number in range(1, ROUNDS + 1):
            node.spend("digits-2", PRIVATE_TERMS, join, number, "inputs")

    with pytest.raises(BudgetError):
        train_another()
    admitted(node, "digits-2", data="valves")


def test_what_a_task_that_runs_may_still_spend_is_not_granted_to_another(folder: Path) -> None:
    node = budgets(folder, epsilon_per_data_set=Decimal("2.1"))
    member(node)
    with pytest.raises(NotAllowedError, match="not enough privacy left"):
        admitted(node, "digits-2")
    with pytest.raises(NotAllowedError, match="not enough privacy left"):
        admitted(budgets(folder, epsilon_per_data_set=Decimal("2.1")), "digits-2")
    member(node, data="valves", task="digits-3")
    node.forget(TASK)  # it is over, or this node has left it
    member(node, "digits-2")


def test_of_two_tasks_that_were_admitted_the_second_is_not_joined(folder: Path) -> None:
    node = budgets(folder, epsilon_per_data_set=Decimal("2.1"))
    joins = {task: admitted(node, task) for task in ("digits-1", "digits-2")}
    node.joining("digits-1", PRIVATE_TERMS, joins["digits-1"])
    with pytest.raises(NotAllowedError, match="not enough privacy left"):
        node.joining("digits-2", PRIVATE_TERMS, joins["digits-2"])
    assert node.tasks == ["digits-1"]
    assert entries(folder) == ["digits-1/joining"]


def test_a_task_is_not_refused_for_what_it_has_booked_itself(folder: Path) -> None:
    """An attempt to join that got no answer is made again."""
    node = budgets(folder, epsilon_per_data_set=Decimal("2"))
    join = member(node)
    assert member(node) == join
    for number in (1, 2, 3):
        node.spend(TASK, PRIVATE_TERMS, join, number, "inputs")


def test_the_secret_is_the_owners_alone_and_goes_with_the_task(folder: Path) -> None:
    node = budgets(folder)
    made = node.terms(TASK, PRIVATE_TERMS, member(node))
    assert made is not None
    assert made.secret.stat().st_mode & 0o777 == 0o600
    assert made.plan.rounds == ROUNDS
    node.forget(TASK)
    assert not made.secret.exists()
