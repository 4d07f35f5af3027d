"""What is asked for, granted and spent of privacy, as the ledger takes and gives it."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from weftwork.ledger.records import Join, Privacy, PrivacyBudget, PrivacySpend, Update

DIGEST = "0" * 64
AMOUNT = {"mode": "ddp-sgd", "epsilon_micro": 3_000_000, "delta": "1e-05"}


@pytest.mark.parametrize("kind", [Privacy, PrivacyBudget, PrivacySpend])
def test_an_amount_is_written_as_it_was_read(kind: type[Privacy]) -> None:
    assert json.loads(kind.model_validate(AMOUNT).to_json()) == AMOUNT


@pytest.mark.parametrize("kind", [Privacy, PrivacySpend])
def test_what_a_mode_says_more_is_kept(kind: type[Privacy]) -> None:
    amount = AMOUNT | {"threshold": {"start": "1.5"}}
    assert json.loads(kind.model_validate(amount).to_json()) == amount


def test_a_budget_says_nothing_more() -> None:
    assert json.loads(PrivacyBudget.model_validate(AMOUNT | {"x": 1}).to_json()) == AMOUNT


@pytest.mark.parametrize("said", [{}, {"mode": "none"}, {"mode": "none", "epsilon_micro": 0}])
def test_mode_none_has_no_amount(said: dict[str, Any]) -> None:
    for kind in (Privacy, PrivacyBudget, PrivacySpend):
        record = kind.model_validate(said)
        assert (record.mode, record.epsilon_micro) == ("none", 0)
        assert record.to_json() == '{"mode":"none"}'


def test_without_a_word_nothing_is_granted_and_nothing_spent() -> None:
    join = Join(data_type="x", samples=1, schema_digest=DIGEST, acceptance="")
    update = Update(digest=DIGEST, size=1, samples=1, base_digest=DIGEST, signature="")
    assert json.loads(join.to_json())["privacy_budget"] == {"mode": "none"}
    assert json.loads(update.to_json())["privacy"] == {"mode": "none"}
    assert Update.model_validate(update.model_dump()) == update


@pytest.mark.parametrize(
    ("field", "value"),
    [("mode", "DDP-SGD"), ("epsilon_micro", -1), ("epsilon_micro", 10**12 + 1), ("delta", 1e-5)],
)
def test_what_the_ledger_does_not_take_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        PrivacyBudget.model_validate(AMOUNT | {field: value})
