"""What training sees of logits: calibration, restriction, distillation."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.unit.learning.strategies.federation import START, composition
from weftwork.learning.strategies import Client, Received

COUNTS = torch.tensor([5, 0, 15])
LOGITS = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
Y = torch.tensor([0, 2])
RECEIVED = Received(START, {}, {}, gap=False, learning_rate=0.1, labels=COUNTS)


def client(labels: torch.Tensor | None = COUNTS, **options: Any) -> Client:
    return composition(options).client(replace(RECEIVED, labels=labels))


def test_calibration_adds_the_log_of_the_smoothed_frequencies() -> None:
    ours = client(name="logit-calibration", strength="0.5", smoothing="2")
    shift = [0.5 * math.log((n + 2) / (20 + 3 * 2)) for n in (5, 0, 15)]
    torch.testing.assert_close(ours.logits(LOGITS, Y), LOGITS + torch.tensor(shift))


def test_fedlc_subtracts_the_fourth_root_of_the_rarity() -> None:
    ours = client(name="logit-calibration", form="fedlc", strength="0.5", smoothing="1")
    shift = [-0.5 * (n + 1) ** -0.25 for n in (5, 0, 15)]
    torch.testing.assert_close(ours.logits(LOGITS, Y), LOGITS + torch.tensor(shift))


def test_what_is_rare_is_lifted_by_training() -> None:
    """The gradient of the loss at equal logits: a frequent class is no longer pushed."""
    logits = torch.zeros(20, 3, requires_grad=True)
    y = torch.tensor([0] * 5 + [2] * 15)
    ours = client(name="logit-calibration", smoothing="0.000001")
    (gradient,) = torch.autograd.grad(cross_entropy(ours.logits(logits, y), y), logits)
    np.testing.assert_allclose(gradient.sum(0), 0, atol=1e-6)


@pytest.mark.parametrize("form", ["prior", "fedlc"])
@pytest.mark.parametrize("labels", [[-3.5, 0.2, 12.0], [-1.0, -2.0, -0.5]])
def test_noisy_counts_may_be_negative(form: str, labels: list[float]) -> None:
    ours = client(torch.tensor(labels), name="logit-calibration", form=form)
    assert ours.logits(LOGITS, Y).isfinite().all()


@pytest.mark.parametrize(
    "options",
    [
        {"name": "logit-calibration", "strength": 0},
        {"name": "logit-calibration", "form": "fedlc", "strength": 0},
        {"name": "fedrs", "alpha": 1},
        {"name": "fedavg"},
    ],
)
def test_what_changes_nothing_changes_no_bit(options: dict[str, Any]) -> None:
    assert torch.equal(client(**options).logits(LOGITS, Y), LOGITS)


def test_fedrs_scales_the_absent_classes() -> None:
    scaled = client(name="fedrs", alpha="0.25").logits(LOGITS, Y)
    torch.testing.assert_close(scaled, LOGITS * torch.tensor([1, 0.25, 1]))


def test_fedrs_changes_an_absent_class_alpha_times_as_much() -> None:
    logits = LOGITS.clone().requires_grad_()
    scaled = client(name="fedrs", alpha="0.25").logits(logits, Y)
    inner, outer = torch.autograd.grad(cross_entropy(scaled, Y), (logits, scaled))
    torch.testing.assert_close(inner, outer * torch.tensor([1, 0.25, 1]))


@pytest.mark.parametrize("name", ["logit-calibration", "fedrs"])
def test_without_counts_it_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="samples of each class"):
        client(None, name=name)


def others(logits: list[float], y: int, tau: float) -> list[float]:
    """The softmax over the classes that are not y."""
    powers = [math.exp(logit / tau) for c, logit in enumerate(logits) if c != y]
    return [power / sum(powers) for power in powers]


def test_fedntd_is_the_divergence_over_the_other_classes() -> None:
    known = torch.tensor([[0.2, 1.0, -1.0], [2.0, 0.0, 5.0]])
    penalty = client(name="fedntd", beta="0.7", tau="2").penalty(LOGITS, Y, known)
    assert penalty is not None
    for i, y in enumerate(Y.tolist()):
        local, teacher = (others(rows[i].tolist(), y, 2) for rows in (LOGITS, known))
        divergence = sum(q * math.log(q / p) for p, q in zip(local, teacher, strict=True))
        assert float(penalty[i]) == pytest.approx(0.7 * divergence, rel=1e-5)


def test_fedntd_leaves_alone_what_the_global_model_says_too() -> None:
    logits = LOGITS.clone().requires_grad_()
    penalty = client(name="fedntd").penalty(logits, Y, LOGITS)
    assert penalty is not None
    assert penalty.tolist() == [0, 0]
    (gradient,) = torch.autograd.grad(penalty.sum(), logits)
    assert float(gradient.abs().max()) < 1e-6


def test_fedntd_says_nothing_of_the_true_class() -> None:
    logits = LOGITS.clone().requires_grad_()
    penalty = client(name="fedntd").penalty(logits, Y, -LOGITS)
    assert penalty is not None
    (gradient,) = torch.autograd.grad(penalty.sum(), logits)
    assert gradient[0, 0] == gradient[1, 2] == 0
    assert gradient[0, 1] != 0
    assert gradient.isfinite().all()


def test_fedntd_without_the_global_models_outputs_is_an_error() -> None:
    with pytest.raises(ValueError, match="global model's outputs"):
        client(name="fedntd").penalty(LOGITS, Y, None)
