"""What an update tells beside its weights: the table in docs/explanation/privacy.md."""

from typing import Any

import pytest

from provider_node.config import PrivacyLimits
from provider_node.trainer import Trained
from provider_node.work.training import metrics

REPORT = {"dlmu.beta_micro": 5}
TRAINED = Trained(digest="d", size=1, samples=2, steps=3, loss_micro=4, report=REPORT)


@pytest.mark.parametrize(
    ("private", "exact", "told"),
    [
        (True, [], REPORT),
        (True, ["samples"], REPORT),
        (True, ["loss"], REPORT | {"loss_micro": 4}),
        (False, [], REPORT | {"steps": 3, "loss_micro": 4}),
    ],
    ids=["private", "private, exact count", "private, exact loss", "none"],
)
def test_only_without_privacy_or_by_the_owners_leave_is_it_exact(
    private: bool, exact: list[str], told: dict[str, Any]
) -> None:
    limits = PrivacyLimits.model_validate({"exact": exact})
    assert metrics(TRAINED, limits, private=private) == told
