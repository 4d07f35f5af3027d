"""What a node lets tasks learn: its owner's limits, and the book of what is spent."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from provider_node.budgets import Admission, Budgets, NotAllowedError, said_of
from provider_node.config import PrivacyLimits
from provider_node.terms import Terms
from tests.unit.provider_node.test_offers import digits_task
from weftwork.learning.privacy.errors import BudgetError
from weftwork.ledger.records import Join

TASK, DATA, SAMPLES = "digits-1", "pumps", 400
PRIVATE = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5", "accountant": "rdp"}
ROUNDS = 3


def terms(**privacy: Any) -> Terms:
    training = {
        "strategy": [{"name": "fedavg"}],
        "rounds": ROUNDS,
        "local_epochs": 1,
        "batch_size": 50,
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
        accepts_usage_rules=True,
        privacy_budget=admission.budget,
    )


def test_a_task_without_privacy_gets_the_count_and_spends_nothing(folder: Path) -> None:
    node, plain = budgets(folder), terms()
    admission = node.admit(TASK, plain, DATA, SAMPLES)
    assert (admission.samples, admission.budget.mode) == (SAMPLES, "none")
    assert node.spend(TASK, plain, joined(admission), 1, "base").mode == "none"
    assert node.terms(TASK, plain, joined(admission)) is None
    assert not list(folder.glob("*.jsonl"))


def test_the_count_is_noisy_and_always_the_same(folder: Path) -> None:
    told = {budgets(folder).admit(TASK, PRIVATE_TERMS, DATA, SAMPLES).samples for _ in range(3)}
    others = {budgets(folder).admit(f"t{i}", PRIVATE_TERMS, DATA, SAMPLES).samples for i in "abcd"}
    assert len(told) == 1
    assert len(told | others) > 2
    assert all(abs(count - SAMPLES) < 200 for count in told | others)


def test_the_node_grants_its_own_limit_where_that_is_less(folder: Path) -> None:
    admission = budgets(folder, epsilon_per_task="0.5").admit(TASK, PRIVATE_TERMS, DATA, SAMPLES)
    assert admission.budget.epsilon_micro == 500_000
    assert said_of(admission.budget).startswith("ddp-sgd: epsilon 0.5, delta 0.00001")


@pytest.mark.parametrize(
    ("asked", "limits", "why"),
    [
        ({"mode": "ddp-sgd-paper"}, {}, "privacy.mode is ddp-sgd-paper; privacy.modes allows none"),
        ({"delta": "1e-4"}, {}, "privacy.delta is 0.0001; privacy.delta is 0.00001"),
        ({"samples": "exact"}, {}, "exact number of samples, which privacy.exact does not list"),
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
    join = joined(node.admit(TASK, PRIVATE_TERMS, DATA, SAMPLES))
    node.joining(TASK, PRIVATE_TERMS, join)
    spent = [node.spend(TASK, PRIVATE_TERMS, join, number, "base") for number in (1, 2, 3)]
    micros = [one.epsilon_micro for one in spent]
    assert micros == sorted(set(micros))
    assert 1_900_000 < micros[-1] <= 2_000_000
    assert spent[0].model_dump()["neighbouring"] == "add-or-remove-one"
    with pytest.raises(BudgetError, match="round 4 would bring epsilon to"):
        node.spend(TASK, PRIVATE_TERMS, join, 4, "base")


def test_a_round_done_again_is_paid_for_once_and_from_other_inputs_again(folder: Path) -> None:
    node = budgets(folder)
    join = joined(node.admit(TASK, PRIVATE_TERMS, DATA, SAMPLES))
    first = node.spend(TASK, PRIVATE_TERMS, join, 1, "base")
    again = budgets(folder).spend(TASK, PRIVATE_TERMS, join, 1, "base")
    assert again == first
    assert node.spend(TASK, PRIVATE_TERMS, join, 1, "other").epsilon_micro > first.epsilon_micro


def test_a_lost_secret_makes_it_another_release(folder: Path) -> None:
    node = budgets(folder)
    join = joined(node.admit(TASK, PRIVATE_TERMS, DATA, SAMPLES))
    first = node.spend(TASK, PRIVATE_TERMS, join, 1, "base")
    node.forget(TASK)
    assert node.spend(TASK, PRIVATE_TERMS, join, 1, "base").epsilon_micro > first.epsilon_micro


def test_a_data_set_has_one_budget_for_all_tasks(folder: Path) -> None:
    node = budgets(folder, epsilon_per_data_set=Decimal("2.1"))
    join = joined(node.admit(TASK, PRIVATE_TERMS, DATA, SAMPLES))
    for number in (1, 2, 3):
        node.spend(TASK, PRIVATE_TERMS, join, number, "base")
    with pytest.raises(NotAllowedError, match=r"epsilon_per_data_set is 2\.1"):
        node.admit("digits-2", PRIVATE_TERMS, DATA, SAMPLES)

    def train_another() -> None:
        for number in range(1, ROUNDS + 1):
            node.spend("digits-2", PRIVATE_TERMS, join, number, "base")

    with pytest.raises(BudgetError):
        train_another()
    node.admit("digits-2", PRIVATE_TERMS, "valves", SAMPLES)


def test_the_secret_is_the_owners_alone(folder: Path) -> None:
    node = budgets(folder)
    made = node.terms(TASK, PRIVATE_TERMS, joined(node.admit(TASK, PRIVATE_TERMS, DATA, SAMPLES)))
    assert made is not None
    assert made.secret.stat().st_mode & 0o777 == 0o600
    assert made.plan.rounds == ROUNDS
