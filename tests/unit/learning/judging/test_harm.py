"""Whom the scores reject."""

from weftwork.learning.judging.harm import most_harmful

NOT_AGAINST = dict.fromkeys(range(10), 0.0)
EQUAL = dict.fromkeys(range(10), 100)


def test_what_is_far_below_the_typical_change_is_harmful() -> None:
    scores = {0: 100, 1: 120, 2: -90, 3: 80, 4: -520}
    assert most_harmful(scores, EQUAL, NOT_AGAINST, None, 0) == 4
    assert most_harmful(scores | {4: -480}, EQUAL, NOT_AGAINST, None, 0) is None


def test_the_worst_comes_first() -> None:
    scores = {0: 10, 1: 12, 2: 9, 3: -600, 4: -900}
    assert most_harmful(scores, EQUAL, NOT_AGAINST, None, 0) == 4


def test_where_nothing_is_gained_any_more_noise_is_no_harm() -> None:
    scores = {0: 1, 1: -1, 2: 2, 3: 1, 4: -60}
    assert most_harmful(scores, EQUAL, NOT_AGAINST, None, 0) == 4
    assert most_harmful(scores, EQUAL, NOT_AGAINST, None, 250) is None  # 5 * 0.3 * 250 / 5


def test_who_weighs_more_may_have_more_noise() -> None:
    scores = {0: 1, 1: -1, 2: 2, 3: 1, 4: -60}
    assert most_harmful(scores, EQUAL, NOT_AGAINST, None, 100) == 4
    assert most_harmful(scores, EQUAL | {4: 400}, NOT_AGAINST, None, 100) is None


def test_what_goes_against_all_others_is_harmful_if_it_does_harm() -> None:
    scores, against = {0: 100, 1: 120, 2: -90}, {0: 0.5, 1: 0.4, 2: -0.6}
    assert most_harmful(scores, EQUAL, against, None, 0) == 2
    assert most_harmful(scores, EQUAL, against | {2: -0.5}, None, 0) is None
    assert most_harmful(scores | {2: 1}, EQUAL, against, None, 0) is None


def test_who_weighs_little_may_go_against_all_others() -> None:
    scores, against = {0: 100, 1: 120, 2: -90}, {0: 0.5, 1: 0.4, 2: -0.6}
    assert most_harmful(scores, EQUAL | {2: 25}, against, None, 0) == 2
    assert most_harmful(scores, EQUAL | {2: 24}, against, None, 0) is None
    assert most_harmful(scores | {2: -601}, EQUAL | {2: 24}, against, None, 0) == 2


def test_the_members_own_is_believed() -> None:
    assert most_harmful({0: -1000, 1: 1, 2: 1}, EQUAL, NOT_AGAINST, 0, 0) is None
    assert most_harmful({0: -1000}, EQUAL, NOT_AGAINST, 0, 0) is None
