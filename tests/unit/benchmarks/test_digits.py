"""The comparison of strategies on the demo's task, for one round."""

import pytest

from benchmarks import digits


def test_each_setting_has_its_rows_beside_fedavgs(monkeypatch: pytest.MonkeyPatch) -> None:
    two = {"fedavg": "fedavg", "dlmu": {"name": "dlmu", "tau": "0.2"}}
    monkeypatch.setattr(digits, "STRATEGIES", two)
    monkeypatch.setattr(digits, "THRESHOLDS", {"eq2": {"rule": "eq2"}})
    rows = {row.name: row for row in digits.measure(seeds=1, rounds=1)}
    settings = [f"{name}_{how}" for how in ("private", "plain") for name in two]
    settings.append("threshold_eq2_private")
    kinds = ("rounds_to_90", "best", "fall", "personal")
    assert set(rows) == {f"{kind}_{setting}" for kind in kinds for setting in settings}
    for setting in settings:
        assert rows[f"rounds_to_90_{setting}"].value == 2, "no setting learns that quickly"
        assert 0 < rows[f"best_{setting}"].value < digits.TARGET
        assert 0 < rows[f"personal_{setting}"].value <= 1
    assert rows["best_fedavg_private"].ratio == 1
    assert rows["best_fedavg_private"].value != rows["best_fedavg_plain"].value


def test_a_fall_is_from_the_best_round_before() -> None:
    run = digits.Run(accuracies=[0.2, 0.7, 0.5, 0.6, 0.8, 0.7], personal=1.0)
    assert run.fall == pytest.approx(0.2)
    assert run.rounds == 7
