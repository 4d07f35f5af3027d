"""What `privacy` in node.yaml says to a task, key by key."""

from typing import Any

import pytest

from provider_node.config import PrivacyLimits
from provider_node.consent.limits import limit_rulings
from weftwork.learning.privacy.parameters import PrivacyParameters

PRIVATE = {"mode": "ddp-sgd", "epsilon": "8", "delta": "1e-5"}
KEYS = ["privacy.modes", "privacy.epsilon_per_task", "privacy.delta", "privacy.exact"]


@pytest.mark.parametrize(
    ("limits", "asked", "by"),
    [
        ({}, {}, None),
        ({}, PRIVATE, None),
        ({"modes": ["ddp-sgd"]}, {}, "privacy.modes"),
        ({"modes": ["none"]}, PRIVATE, "privacy.modes"),
        ({"epsilon_per_task": "1"}, PRIVATE, None),
        ({"delta": "1e-6"}, PRIVATE, "privacy.delta"),
        ({}, PRIVATE | {"samples": "exact"}, "privacy.exact"),
        ({"exact": ["samples"]}, PRIVATE | {"samples": "exact"}, None),
    ],
)
def test_each_limit_decides_alone(
    limits: dict[str, Any], asked: dict[str, Any], by: str | None
) -> None:
    found = limit_rulings(
        PrivacyLimits.model_validate(limits), PrivacyParameters.model_validate(asked)
    )
    assert [one.rule for one in found] == KEYS
    assert [one.rule for one in found if not one.allowed] == ([by] if by else [])


@pytest.mark.parametrize(("most", "gets"), [("10", "8"), ("0.5", "0.5")])
def test_a_task_that_asks_for_more_gets_less(most: str, gets: str) -> None:
    limits = PrivacyLimits.model_validate({"epsilon_per_task": most})
    found = limit_rulings(limits, PrivacyParameters.model_validate(PRIVATE))
    assert found[1].why == f"the task's privacy.epsilon is 8; gets {gets}"
