"""What a task may say of judging."""

import pytest
from pydantic import ValidationError

from weftwork.learning.judging.parameters import JudgingParameters, LeaveOneOut, Shapley


def test_without_a_word_it_is_leave_one_out() -> None:
    assert JudgingParameters().contribution == LeaveOneOut()


def test_a_name_has_the_default_options() -> None:
    assert JudgingParameters.model_validate({"contribution": "shapley"}).contribution == Shapley()


def test_what_the_ledger_keeps_is_read_back() -> None:
    asked = {"contribution": {"name": "shapley", "permutations": 7, "tolerance": "0.05"}}
    found = JudgingParameters.model_validate(asked)
    assert found.model_dump(mode="json") == asked
    assert JudgingParameters.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    "contribution",
    [
        "least-core",
        {"name": "leave-one-out", "permutations": 3},
        {"name": "shapley", "permutations": 0},
        {"name": "shapley", "tolerance": "1.5"},
    ],
)
def test_anything_else_is_refused(contribution: object) -> None:
    with pytest.raises(ValidationError):
        JudgingParameters.model_validate({"contribution": contribution})
