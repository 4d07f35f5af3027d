"""The auditor's count of a committee's votes, against counts made by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.audit.rules.tally import count, lower_median


def update(participant: str, samples: int) -> dict[str, Any]:
    return {"participant": participant, "samples": samples}


def evaluation(scorer: str = "", **scores: tuple[str, int]) -> dict[str, Any]:
    """Of each name, the reason to reject it ("" accepts) and its score."""
    return {
        "participant": scorer,
        "scores": [
            {
                "participant": name,
                "verdict": "rejected" if reason else "accepted",
                "reason": reason,
                "score_micro": score,
            }
            for name, (reason, score) in scores.items()
        ],
    }


def test_most_of_the_judges_reject_and_half_of_them_do_not() -> None:
    updates = [update("a", 10), update("b", 10)]
    evaluations = [
        evaluation(a=("harmful", -5), b=("harmful", -5)),
        evaluation(a=("harmful", -7), b=("", 3)),
        evaluation(a=("", 2)),
    ]
    tally = count(updates, evaluations, 2)
    assert tally.rejected == [{"participant": "a", "reason": "harmful"}]
    assert tally.accepted == [{"participant": "b", "weight": 10, "contribution_micro": -5}]


def test_of_equally_many_reasons_the_graver_is_given() -> None:
    evaluations = [evaluation(a=("late", 0)), evaluation(a=("malformed", 0))]
    (rejected,) = count([update("a", 1)], evaluations, 2).rejected
    assert rejected["reason"] == "malformed"


def test_no_count_of_samples_weighs_more_than_the_cap() -> None:
    updates = [update("a", 10), update("b", 30), update("c", 1000), update("d", 20)]
    weights = [one["weight"] for one in count(updates, [], 2).accepted]
    assert weights == [10, 30, 40, 20]  # the lower median is 20


def test_what_nobody_judged_is_accepted_and_adds_nothing() -> None:
    (part,) = count([update("a", 5)], [], 1).accepted
    assert part == {"participant": "a", "weight": 5, "contribution_micro": 0}


@pytest.mark.parametrize(
    ("numbers", "median"), [([], 0), ([3], 3), ([4, 1], 1), ([9, 1, 5], 5), ([4, 3, 2, 1], 2)]
)
def test_the_lower_median(numbers: list[int], median: int) -> None:
    assert lower_median(numbers) == median


def contributions(*evaluations: dict[str, Any], of: str) -> dict[str, int]:
    accepted = count([update(name, 1) for name in of], evaluations, 1).accepted
    return {one["participant"]: one["contribution_micro"] for one in accepted}


@pytest.mark.parametrize(("lie", "reach"), [(0, 110), (-(10**12), 120)])
def test_one_of_three_lowers_nobody(lie: int, reach: int) -> None:
    found = contributions(
        evaluation("a", b=("", 90), c=("", 110)),
        evaluation("b", a=("", 100), c=("", 120)),
        evaluation("c", a=("", lie), b=("", lie)),
        of="abc",
    )
    assert found == {"a": 100, "b": 90, "c": reach}  # the middle of 110, 120, and the liar's


def test_one_of_three_raises_nobody_beyond_what_others_gave_somebody() -> None:
    found = contributions(
        evaluation("a", b=("", 90), c=("", 110), d=("", 60)),
        evaluation("b", a=("", 100), c=("", 120), d=("", 70)),
        evaluation("c", a=("", 10**12), b=("", -5), d=("", 10**12)),
        of="abcd",
    )
    assert found == {"a": 120, "b": 90, "c": 120, "d": 70}


def test_two_of_five_move_nobody() -> None:
    fair = {"a": ("", 100), "b": ("", 101), "c": ("", 102), "d": ("", 103), "e": ("", 104)}
    honest = [evaluation(own, **{n: s for n, s in fair.items() if n != own}) for own in "abc"]
    low: dict[str, tuple[str, int]] = {"a": ("", -(10**12)), "b": ("", -(10**12)), "c": ("", 0)}
    liars = [evaluation("d", **low, e=("", 10**12)), evaluation("e", **low, d=("", 10**12))]
    found = contributions(*honest, *liars, of="abcde")
    assert found == {"a": 100, "b": 101, "c": 102, "d": 103, "e": 104}


def test_where_no_more_than_a_quorum_scored_the_lower_of_two_counts() -> None:
    scored = evaluation("a", b=("", 90), c=("", 110)), evaluation("b", a=("", 100), c=("", 130))
    assert contributions(*scored, of="abc") == {"a": 100, "b": 90, "c": 110}
    scored = evaluation("a", b=("", 20), c=("", 70)), evaluation("b", a=("", 90), c=("", 80))
    assert contributions(*scored, of="abc") == {"a": 70, "b": 20, "c": 70}


def test_negative_scores_are_bound_as_well() -> None:
    scored = [
        evaluation("x", a=("", -500), b=("", 1)),
        evaluation("y", a=("", -400), b=("", 2)),
        evaluation("z", a=("", 0), b=("", 30)),
    ]
    assert contributions(*scored, of="ab") == {"a": -400, "b": 2}
    assert contributions(scored[0], scored[2], of="ab") == {"a": -30, "b": 1}


def test_who_has_none_to_score_but_its_own_sets_no_limit() -> None:
    found = contributions(
        evaluation("a"), evaluation("b", a=("", 7)), evaluation("c", a=("", 0)), of="a"
    )
    assert found == {"a": 7}


SCORES = st.integers(-(10**12), 10**12)


@given(st.data(), st.integers(1, 3))
def test_liars_among_twice_as_many_and_one_decide_no_contribution(
    data: st.DataObject, liars: int
) -> None:
    """An honest member has no less than the least that an honest one gave it, within the reach of
    scores, and nobody more than the most that an honest one gave anybody; whoever lies how.
    """
    names = "abcdefg"[: 2 * liars + 1]
    honest = names[: liars + 1]
    tables = {
        own: {name: data.draw(SCORES, label=f"{own} of {name}") for name in names if name != own}
        for own in names
    }
    evaluations = [
        evaluation(own, **{name: ("", score) for name, score in tables[own].items()})
        for own in names
    ]
    largest = [max(abs(score) for score in tables[own].values()) for own in honest]
    for name, found in contributions(*evaluations, of=names).items():
        assert found <= max(largest)
        if name in honest:
            least = min(tables[own][name] for own in honest if own != name)
            assert found >= min(least, min(largest))
