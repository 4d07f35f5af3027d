"""The `privacy` section of a task."""

import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from tests.unit.learning.privacy.examples import privacy
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.record import from_record, to_record


def test_a_task_without_the_section_protects_nothing() -> None:
    assert PrivacyParameters().mode == "none"


@pytest.mark.parametrize("section", [{}, {"epsilon": None}, {"count_noise": "5"}])
def test_a_section_without_a_budget_protects_nothing(section: dict[str, object]) -> None:
    assert PrivacyParameters.model_validate(section).mode == "none"
    assert to_record(PrivacyParameters.model_validate(section)) is None


def test_a_budget_without_a_mode_is_for_ddp_sgd_and_the_ledger_has_its_name() -> None:
    written = PrivacyParameters.model_validate({"epsilon": "8", "delta": "1e-5"})
    assert written == privacy(epsilon="8", accountant="pld")
    record = to_record(written)
    assert record is not None
    assert record["mode"] == "ddp-sgd"
    assert from_record(record) == written


@pytest.mark.parametrize(("given", "missing"), [("epsilon", "delta"), ("delta", "epsilon")])
def test_half_a_budget_is_none(given: str, missing: str) -> None:
    with pytest.raises(ValidationError, match=f"{missing}: mode ddp-sgd needs one"):
        PrivacyParameters.model_validate({given: "0.5"})


def test_decimals_travel_as_the_text_that_was_written() -> None:
    written = privacy(epsilon="2.5", threshold={"rule": "quantile", "quantile": "0.75"})
    on_ledger = json.loads(written.model_dump_json())
    assert on_ledger["epsilon"] == "2.5"
    assert on_ledger["threshold"]["quantile"] == "0.75"
    assert PrivacyParameters.model_validate(on_ledger) == written


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"epsilon": None}, "epsilon: mode ddp-sgd needs one"),
        ({"delta": None}, "delta: mode ddp-sgd needs one"),
        ({"mode": "none"}, "epsilon: needs a mode, and mode is none; delta: needs a mode"),
        ({"epsilon": "0"}, "greater than 0"),
        ({"epsilon": "1000.1"}, "less than or equal to 1000"),
        ({"epsilon": "1.0000001"}, "at most 6 digits after the point"),
        ({"delta": "0"}, "greater than 0"),
        ({"delta": "1"}, "less than 1"),
        ({"mode": "dp-sgd"}, "'none', 'ddp-sgd', 'ddp-sgd-paper' or 'client-level'"),
        ({"neighbouring": "replace-one"}, "add-or-remove-one"),
        ({"accountant": "gdp"}, "'pld' or 'rdp'"),
        ({"threshold": {"initial": "0.001"}}, "must be between min (0.01) and max (100)"),
        ({"threshold": {"min": "2", "max": "1"}}, "must be between min (2) and max (1)"),
        ({"threshold": {"noise_ratio": "1"}}, "greater than 1"),
        ({"threshold": {"rule": "quantile", "quantile": "1"}}, "less than 1"),
        ({"mode": "client-level"}, "client-level needs fixed"),
        ({"mode": "ddp-sgd-paper", "threshold": {"rule": "quantile"}}, "has eq2 or fixed"),
        ({"clip": "1"}, "Extra inputs"),
    ],
)
def test_a_contradiction_is_named(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        privacy(**change)
    assert complaint in str(refused.value)


def test_a_fixed_threshold_has_no_range() -> None:
    assert privacy(threshold={"rule": "fixed", "initial": "500"}).threshold.initial == 500


def test_a_task_file_is_checked_without_torch_and_without_an_accountant() -> None:
    program = (
        "import sys, weftwork.learning.privacy.parameters\n"
        "print([name for name in ('torch', 'dp_accounting', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
