"""Losses and scores against plain definitions."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score, roc_auc_score

from weftwork.learning.data import Objective
from weftwork.learning.objective import LOSSES, scorer


def batches(count: int, size: int = 3) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def score(objective: Objective, x: torch.Tensor, y: torch.Tensor, output: torch.Tensor) -> float:
    marks = scorer(objective)
    for batch in batches(len(x)):
        marks.add(x[batch], y[batch], output[batch])
    return marks.score


def test_accuracy_counts_the_right_classes() -> None:
    logits = torch.eye(4)[torch.tensor([0, 1, 2, 3, 3, 3, 3])]
    y = torch.tensor([0, 1, 2, 0, 1, 2, 3])
    assert score(Objective.CLASSIFICATION, torch.zeros(7, 1), y, logits) == 4 / 7


@given(st.integers(2, 40), st.integers(1, 3), st.integers(0, 1000))
def test_r2_is_the_mean_over_the_targets(count: int, targets: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    y = torch.randn(count, targets, generator=generator)
    output = y + 0.5 * torch.randn(count, targets, generator=generator)
    expected = np.clip(r2_score(y.numpy(), output.numpy()), 0, 1)
    assert score(Objective.REGRESSION, y, y, output) == pytest.approx(expected, abs=1e-5)


def test_targets_that_never_vary_explain_nothing() -> None:
    y = torch.ones(5, 2)
    assert score(Objective.REGRESSION, y, y, y) == 0


@given(st.lists(st.integers(0, 5), min_size=4, max_size=30), st.integers(0, 1000))
def test_anomalies_are_scored_by_the_area_under_the_curve(errors: list[int], seed: int) -> None:
    """Few different errors, so that there are ties."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 2, (len(errors),), generator=generator)
    labels[0], labels[1] = 0, 1
    x = torch.zeros(len(errors), 2)
    output = torch.tensor(errors, dtype=torch.float32).sqrt()[:, None].expand(-1, 2)
    expected = roc_auc_score(labels.numpy(), np.array(errors))
    found = score(Objective.RECONSTRUCTION, x, labels, output)
    assert found == pytest.approx(expected, abs=1e-9)


def test_without_labelled_anomalies_it_is_what_the_model_explains() -> None:
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(1))
    normal = torch.zeros(20, dtype=torch.int64)
    assert score(Objective.RECONSTRUCTION, x, normal, x) == 1
    assert score(Objective.RECONSTRUCTION, x, normal, -x) == 0


@pytest.mark.parametrize("objective", [Objective.REGRESSION, Objective.RECONSTRUCTION])
def test_a_loss_is_one_number_a_sample(objective: Objective) -> None:
    output, wanted = torch.zeros(3, 2, 2), torch.ones(3, 2, 2) * 2
    assert LOSSES[objective](output, wanted).tolist() == [4, 4, 4]
