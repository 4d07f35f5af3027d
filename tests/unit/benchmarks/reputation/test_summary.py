"""The table, the rows and the checks, of outcomes made up."""

from collections import Counter

import pytest

from benchmarks.reputation.simulating import Outcome
from benchmarks.reputation.summary import checks, parts, rows, table


def outcome(
    kind: str, seed: int, coins: list[int], end: int, roles: tuple[str, ...] = ("honest",) * 3
) -> Outcome:
    names = ("a", "b", "c")
    return Outcome(
        kind,
        seed,
        dict(zip(names, roles, strict=True)),
        standings={name: 100_000 * i for i, name in enumerate(names)},
        coins=dict(zip(names, coins, strict=True)),
        rejected=Counter({"c": 4}),
        faults={"c": Counter({"wrong-proposal": 1, "unavailable": 2})},
        ends=[end, end],
    )


ATTACKED = ("honest", "honest", "attacker")
OUTCOMES = [
    outcome("honest", 1, [10, 10, 10], 950_000),
    outcome("honest", 2, [10, 10, 10], 970_000),
    outcome("noise", 1, [1000, 3000, 0], 940_000, ATTACKED),
    outcome("noise", 2, [2000, 4000, 1000], 930_000, ATTACKED),
]


def test_a_part_has_means_over_its_organisations_for_each_seed() -> None:
    honest, attacker = list(parts(OUTCOMES))[1:]
    assert (honest.kind, honest.role) == ("noise", "honest")
    assert honest.coins == [2000, 3000]
    assert honest.reputation == pytest.approx([0.05, 0.05])
    assert attacker.role == "attacker"
    assert (attacker.coins, attacker.rejected, attacker.faults) == ([0, 1000], [4, 4], [3, 3])
    assert attacker.reputation == pytest.approx([0.2, 0.2])


def test_accuracy_is_compared_with_the_honest_run_of_the_same_seed() -> None:
    assert next(iter(parts(OUTCOMES[2:]))).lost == [], "without an honest run there is nothing"
    for one in parts(OUTCOMES):
        assert one.lost == pytest.approx([0.01, 0.04] if one.kind == "noise" else [0, 0])


def test_the_table_has_a_line_for_each_part() -> None:
    *_, last = table(list(parts(OUTCOMES))).splitlines()
    assert last == (
        "| `noise` | attacker | 0.200 ± 0.000 | 0.5 ± 0.7k | 4.0 ± 0.0 | 0.0 ± 0.0 | 3.0 ± 0.0 "
        "| 93.5 ± 0.7 % | 2.5 ± 2.1 |"
    )
    *_, single = table(list(parts(OUTCOMES[2:3]))).splitlines()
    assert single == "| `noise` | attacker | 0.200 | 0.0k | 4.0 | 0.0 | 3.0 | 94.0 % |  |"


def test_rows_are_beside_the_honest_ones() -> None:
    found = {row.name: row for row in rows(list(parts(OUTCOMES)))}
    coins = found["coins_noise_attacker"]
    assert (coins.value, coins.unit, coins.peer, coins.peer_value) == (
        500,
        "credit",
        "honest",
        2500,
    )
    assert found["coins_noise_honest"].peer is None
    assert found["lost_noise"].value == pytest.approx(0.025)
    assert found["accuracy_honest"].value == pytest.approx(0.96)


def test_the_checks() -> None:
    found = {one.what: one.holds for one in checks(list(parts(OUTCOMES)))}
    assert found == {
        "noise: an honest provider earns more than an attacker": True,
        "noise: accuracy is within 3% of the honest run's": True,
    }
    worse = [
        *OUTCOMES[:1],
        outcome("noise", 1, [1, 3, 2], 910_000, ATTACKED),
        outcome("honest-rare", 1, [100, 100, 70], 910_000, ("honest", "honest", "rare")),
    ]
    assert [str(one) for one in checks(list(parts(worse)))] == [
        "DOES NOT HOLD  noise: an honest provider earns more than an attacker: 2 and 2 credit",
        "DOES NOT HOLD  noise: accuracy is within 3% of the honest run's: 4.0% lost",
        "DOES NOT HOLD  honest-rare: rare classes earn at least 80% of the usual: 70%",
    ]
