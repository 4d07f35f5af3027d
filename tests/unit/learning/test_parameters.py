"""Training parameters as the ledger keeps them, and the seeds of a task."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.unit.learning.examples import training
from weftwork.learning.parameters import TrainingParameters, training_seed


def test_decimals_travel_as_the_text_that_was_written() -> None:
    on_ledger = json.loads(training().model_dump_json())
    assert (on_ledger["learning_rate"], on_ledger["momentum"]) == ("0.1", "0.8")
    assert TrainingParameters.model_validate(on_ledger) == training()


def test_the_name_of_a_strategy_is_short_for_a_list_of_it_with_its_defaults() -> None:
    long = training(strategy=[{"name": "dlmu", "tau": "0.8"}])
    assert training(strategy="dlmu") == training(strategy=["dlmu"]) == long
    assert training(strategy={"name": "dlmu", "tau": 0.8}) == long
    assert training() == training(strategy="fedavg")
    assert TrainingParameters.model_validate_json(long.model_dump_json()) == long


def test_a_yaml_number_is_the_same_decimal() -> None:
    assert training(learning_rate=0.1, momentum=0.8) == training()


@pytest.mark.parametrize(
    "change",
    [
        {"strategy": "fedavgg"},
        {"strategy": []},
        {"strategy": ["fedavg", "fedavg"]},
        {"strategy": {"name": "fedavg", "tau": "0.8"}},
        {"strategy": {"name": "dlmu", "tau": "-0.8"}},
        {"mu": "0.1"},
        {"learning_rate": "0"},
        {"learning_rate": "nan"},
        {"learning_rate": "Infinity"},
        {"learning_rate": f"0.{'1' * 21}"},
        {"momentum": "1"},
        {"momentum": "-0"},
        {"batch_size": 0},
        {"batch_size": 1_000_001},
        {"local_epochs": 0},
        {"seed": -1},
        {"seed": 2**53},
    ],
)
def test_what_would_train_otherwise_than_the_others_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        training(**change)


@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 4))
def test_the_smallest_batch_is_the_smallest_share_of_any(
    samples: int, batch_size: int, processes: int
) -> None:
    batches = [list(range(samples))[i : i + batch_size] for i in range(0, samples, batch_size)]
    shares = [len(batch[rank::processes]) for batch in batches for rank in range(processes)]
    found = training(batch_size=batch_size).smallest_batch(samples, processes)
    assert found == min(share for share in shares if share)


def test_each_participant_and_round_draws_its_own_seed() -> None:
    seeds = {training_seed(t, r, p) for t in (1, 2) for r in (1, 11) for p in ("a", "1", "")}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert training_seed(7, 1, "factory1") == 9216071388286084659  # never changes: SHA-256
