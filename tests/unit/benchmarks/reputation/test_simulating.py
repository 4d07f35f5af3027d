"""Short simulations, on the real contracts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reputation.consortium import REWARD
from benchmarks.reputation.sandbox import build
from benchmarks.reputation.scenarios import ATTACKERS, KINDS, Scenario
from benchmarks.reputation.simulating import Plan, simulate
from benchmarks.reputation.world import ORGANISATIONS


@pytest.fixture(scope="module")
def program() -> Path:
    return build()


@given(st.integers(1, 200), st.integers(1, 20))
def test_the_tasks_share_out_the_rounds(rounds: int, tasks: int) -> None:
    lengths = Plan(rounds=rounds, tasks=tasks).lengths()
    assert sum(lengths) == rounds
    assert len(lengths) == min(rounds, tasks)
    assert max(lengths) - min(lengths) <= 1


def test_free_riders_under_new_names_earn_nothing_and_keep_their_record(program: Path) -> None:
    outcome = simulate("re-registered", 1, Plan(rounds=4, tasks=2), program)
    assert outcome.halts == []
    assert (len(outcome.ends), len(outcome.accuracies)) == (2, 4)
    assert sum(outcome.coins.values()) <= 2 * REWARD
    for name in ORGANISATIONS:
        honest = name not in ATTACKERS
        assert outcome.rejected[name] == (0 if honest else 4)
        assert len(outcome.reputations[name]) == 4, "after each round"
        if honest:
            assert outcome.coins[name] > REWARD / 20
        else:
            assert outcome.reputations[name] == [450_000, 400_000, 350_000, 300_000]


def test_where_all_lie_each_is_found_out_until_two_are_left(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "all-lie", Scenario(lie=True, attackers=ORGANISATIONS))
    outcome = simulate("all-lie", 1, Plan(rounds=3, tasks=1), program)
    assert outcome.halts == ["committee-split: no digest has a quorum of 2"]
    assert outcome.accuracies == []
    assert sorted(outcome.standings.values()) == [250_000] * 8 + [500_000] * 2


def test_colluding_members_reject_the_others(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all but one organisation in it there is no committee without them."""
    scenario = Scenario(attack="noise", collude=True, attackers=ORGANISATIONS[1:])
    monkeypatch.setitem(KINDS, "most-collude", scenario)
    outcome = simulate("most-collude", 1, Plan(rounds=1, tasks=1), program)
    assert outcome.rejected == {"factory01": 1}
    assert outcome.coins["factory01"] < min(outcome.coins[name] for name in ORGANISATIONS[1:])
