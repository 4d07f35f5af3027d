"""The auditor's count of a committee's votes, against counts made by hand."""

from typing import Any

import pytest

from weftwork.audit.rules.tally import Ballot, Tally, lower_median, wrong


def update(participant: str, samples: int) -> dict[str, Any]:
    return {"participant": participant, "samples": samples}


def evaluation(**scores: tuple[str, int]) -> dict[str, Any]:
    """Of each name, the reason to reject it ("" accepts) and its score."""
    return {
        "scores": [
            {
                "participant": name,
                "verdict": "rejected" if reason else "accepted",
                "reason": reason,
                "score_micro": score,
            }
            for name, (reason, score) in scores.items()
        ]
    }


def count(
    updates: list[dict[str, Any]],
    evaluations: list[dict[str, Any]],
    cap_ratio: int,
    seats: int | None = None,
    added: int = 0,
) -> Tally:
    """Of a committee that has `seats`, or has judged to the last; all have `added` as much."""
    standings = [{"participant": one["participant"], "added_micro": added} for one in updates]
    elected = len(evaluations) if seats is None else seats
    return Ballot(updates, evaluations, elected, standings, cap_ratio).count()


def test_most_of_the_judges_reject_and_half_of_them_do_not() -> None:
    updates = [update("a", 10), update("b", 10)]
    evaluations = [
        evaluation(a=("harmful", -5), b=("harmful", -5)),
        evaluation(a=("harmful", -7), b=("", 3)),
        evaluation(a=("", 2)),
    ]
    tally = count(updates, evaluations, 2)
    assert tally.rejected == [{"participant": "a", "reason": "harmful", "by_quorum": True}]
    # Of -5, 3 and what is typical, 0: of -5, 3 and what is remembered.
    assert tally.accepted == [{"participant": "b", "weight": 10, "contribution_micro": 0}]


def test_of_an_even_number_of_judges_what_is_usual_decides() -> None:
    updates = [update(name, 1) for name in ("a", "b", "c", "d")]
    evaluations = [
        evaluation(b=("", -900), c=("", 6), d=("", 40)),
        evaluation(a=("", 4), c=("harmful", 999), d=("", 30)),
        evaluation(a=("", 9), b=("", 7), d=("harmful", -900)),
    ]
    # What each gave: -900, 6, 40; 4, 30, 999; -900, 7, 9. The lower medians are 6, 30 and 7: of
    # these 7 is usual.
    accepted = count(updates, evaluations, 2).accepted
    assert {one["participant"]: one["contribution_micro"] for one in accepted} == {
        "a": 7,
        "b": 7,
        "c": 7,
        "d": 30,
    }


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


@pytest.mark.parametrize("seats", [2, 3])
def test_one_judge_alone_blames_nobody(seats: int) -> None:
    updates = [update("a", 1), update("b", 1)]
    evaluations = [evaluation(b=("harmful", -100)), evaluation(a=("", 5))]
    tally = count(updates, evaluations, 1, seats=seats)
    assert tally.rejected == [{"participant": "b", "reason": "harmful", "by_quorum": False}]


def test_who_is_away_says_what_is_remembered() -> None:
    updates = [update(name, 1) for name in ("a", "b", "c")]
    evaluations = [
        evaluation(b=("", 30), c=("", 30)),
        evaluation(a=("", -1000), c=("", -1000)),
    ]
    # Usual are 30, -1000 and, of who is away, 167 // 8: 20 is typical.
    accepted = count(updates, evaluations, 1, seats=3, added=167).accepted
    assert [one["contribution_micro"] for one in accepted] == [20, 20, 20]


@pytest.mark.parametrize(
    ("rejected", "alone"),
    [
        (["a", "a", "a"], []),
        (["abc", "", ""], ["0"]),
        (["ab", "", ""], []),  # half
        (["abc", "abc", ""], ["2"]),
        (["abd", "abd", "c", "c", "c"], ["0", "1"]),
        (["abc", ""], []),  # of two nobody is alone
    ],
)
def test_whose_verdicts_are_wrong(rejected: list[str], alone: list[str]) -> None:
    evaluations = []
    for at, names in enumerate(rejected):
        verdicts = {name: ("harmful" if name in names else "", 1) for name in "abcd"}
        evaluations.append(evaluation(**verdicts) | {"participant": str(at)})
    tally = count([update(name, 1) for name in "abcd"], evaluations, 1)
    assert wrong(tally, evaluations) == alone


def test_one_wrong_verdict_is_no_habit() -> None:
    evaluations = [
        evaluation(**{name: ("harmful" if at == "0" else "", 1)}) | {"participant": at}
        for at, name in [("0", "a"), ("1", "a"), ("2", "a")]
    ]
    assert wrong(count([update("a", 1)], evaluations, 1), evaluations) == []


@pytest.mark.parametrize(
    ("numbers", "median"), [([], 0), ([3], 3), ([4, 1], 1), ([9, 1, 5], 5), ([4, 3, 2, 1], 2)]
)
def test_the_lower_median(numbers: list[int], median: int) -> None:
    assert lower_median(numbers) == median
