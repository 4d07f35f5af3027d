"""What part of a round governance and the ledger are, worked out by hand."""

import pytest

from benchmarks.governance.shares import Round, rows

# A model travels to the provider, and from it to three members; a server would have it from one.
ROUND = Round(training=90.0, transfer=0.5, judging=4.0, aggregation=1.0, ledger=2.5)


def test_what_a_trusted_server_would_take_as_well() -> None:
    assert ROUND.server == 0.5 + 90.0 + 0.5 + 1.0


def test_what_comes_on_top() -> None:
    assert ROUND.governance == 2 * 0.5 + 4.0 + 2.5
    assert ROUND.whole == 92.0 + 7.5


def test_the_rows() -> None:
    found = {row.name: row for row in rows(ROUND)}
    assert found["governance_share_of_round"].value == pytest.approx(7.5 / 99.5)
    assert found["governance_share_of_round"].peer_value == 0.05
    assert found["ledger_share_of_round"].value == pytest.approx(2.5 / 99.5)
    assert found["ledger_share_of_round"].peer_value == 0.02
    assert {name: row.value for name, row in found.items() if row.unit == "s"} == {
        "round_seconds": 99.5,
        "training_seconds": 90.0,
        "judging_seconds": 4.0,
        "ledger_seconds": 2.5,
        "transfer_seconds": 0.5,
        "aggregation_seconds": 1.0,
    }
