"""The comparison of strategies on the demo's task, for one round."""

import pytest

from benchmarks import digits


def test_each_setting_has_its_rows_beside_fedavgs(monkeypatch: pytest.MonkeyPatch) -> None:
    two = {"fedavg": "fedavg", "dlmu": {"name": "dlmu", "tau": "0.2"}}
    monkeypatch.setattr(digits, "STRATEGIES", two)
    rows = {row.name: row for row in digits.measure(seeds=1, rounds=1)}
    settings = [f"{name}_{how}" for how in ("private", "plain") for name in two]
    kinds = ("rounds_to_90", "best", "personal")
    assert set(rows) == {f"{kind}_{setting}" for kind in kinds for setting in settings}
    for setting in settings:
        assert rows[f"rounds_to_90_{setting}"].value == 2, "no setting learns that quickly"
        assert 0 < rows[f"best_{setting}"].value < digits.TARGET
        assert 0 < rows[f"personal_{setting}"].value <= 1
    assert rows["best_fedavg_private"].ratio == 1
    assert rows["best_fedavg_private"].value != rows["best_fedavg_plain"].value
