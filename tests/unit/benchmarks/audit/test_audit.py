"""The audit itself, small: canaries, and that ours passes and a broken training does not."""

import numpy as np
import pytest
import torch

from benchmarks.audit import __main__ as audit
from benchmarks.audit.canaries import FEATURES, LOUD, Canaries
from benchmarks.audit.defects import DEFECTS
from benchmarks.report import Row


def test_canaries_are_in_the_data_set_by_their_coins() -> None:
    canaries = Canaries.drawn(200, 50, seed=1)
    dataset = canaries.dataset()
    assert 60 < canaries.inside.sum() < 140
    assert dataset.x.shape == (50 + canaries.inside.sum(), FEATURES + 200)
    found = dataset.x[50:, FEATURES:].argmax(1)
    assert found.tolist() == np.flatnonzero(canaries.inside).tolist()
    assert dataset.y[50:].tolist() == canaries.labels[found].tolist()
    assert (dataset.x.max(1) == LOUD).sum() == canaries.inside.sum()


def test_a_score_is_the_way_along_the_canarys_gradient() -> None:
    canaries = Canaries.drawn(30, 5, seed=1)
    model = canaries.model()
    dataset = canaries.dataset()
    output = model(torch.from_numpy(dataset.x))
    loss = torch.nn.functional.cross_entropy(output, torch.from_numpy(dataset.y), reduction="sum")
    (weights,) = model.parameters()
    (gradient,) = torch.autograd.grad(loss, [weights])
    with torch.no_grad():
        weights.sub_(gradient)
    norm = LOUD * (0.9**2 + 9 * 0.1**2) ** 0.5
    assert canaries.scores(model) == pytest.approx(norm * canaries.inside, rel=1e-5)


def test_no_canary_moves_a_model_that_is_sure_of_all() -> None:
    canaries = Canaries.drawn(30, 5, seed=1)
    model, dataset = canaries.sure(), canaries.dataset()
    x, y = torch.from_numpy(dataset.x)[5:], torch.from_numpy(dataset.y)[5:]
    loss = torch.nn.functional.cross_entropy(model(x), y, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, list(model.parameters()))
    assert float(gradient.abs().max()) < 1e-15


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CANARIES", 600)
    monkeypatch.setattr(audit, "ORDINARY", 100)
    monkeypatch.setattr(audit, "GUESSES", (100, 600))
    training = audit.TRAINING.model_copy(update={"batch_size": 100})
    monkeypatch.setattr(audit, "TRAINING", training)


@pytest.mark.usefixtures("small")
def test_ours_keeps_its_claim_and_broken_ones_do_not() -> None:
    one, two = audit.planned(2, audit.MOVING), audit.planned(2, audit.STILL, rounds=2)
    assert audit.bound(*audit.trained(one, 1), audit.DELTA) < 2
    assert audit.bound(*audit.trained(two, 1), audit.DELTA) < 2
    for name, defect in DEFECTS.items():
        plan = two if defect.reused else one
        assert audit.bound(*audit.trained(plan, 1, name), audit.DELTA) > 2, name


@pytest.mark.usefixtures("small")
def test_the_noise_and_the_batches_are_as_planned() -> None:
    noise, seen = audit.sizes(seed=1)
    assert noise.ratio == pytest.approx(1, abs=0.15)
    assert seen.ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("audit_ddp_sgd_epsilon2", 1.9, False),
        ("audit_ddp_sgd_epsilon2", 2.1, True),
        ("audit_ddp_sgd_epsilon2_pure", 2.1, False),
        ("audit_broken_no_noise", 2.1, False),
        ("audit_broken_no_noise", 1.9, True),
        ("audit_broken_no_noise", 0.0, True),
        ("audit_noise_multiplier", 2.05, False),
        ("audit_noise_multiplier", 1.85, True),
        ("audit_steps_seen", 2.15, True),
    ],
)
def test_what_the_audit_must_show(name: str, value: float, wrong: bool) -> None:
    assert audit.wrong(Row(name, value, "", "claimed epsilon", 2.0)) is wrong
