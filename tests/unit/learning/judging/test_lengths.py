"""That length alone earns nothing."""

from weftwork.learning.judging.lengths import per_length

EQUAL = dict.fromkeys(range(5), 100)
NORMS = {0: 1.0, 1: 2.0, 2: 2.0, 3: 3.0, 4: 6.0}


def test_what_is_longer_than_usual_is_paid_by_length() -> None:
    scores = dict.fromkeys(range(5), 600)
    assert per_length(scores, NORMS, EQUAL) == {0: 600, 1: 600, 2: 600, 3: 400, 4: 200}


def test_harm_is_not_made_smaller() -> None:
    scores = {0: 0, 1: -1, 2: 5, 3: -600, 4: 0}
    assert per_length(scores, NORMS, EQUAL) == scores


def test_more_samples_excuse_as_much_more_length() -> None:
    scores = dict.fromkeys(range(5), 600)
    found = per_length(scores, NORMS, EQUAL | {3: 150, 4: 200, 0: 10})
    assert found == {0: 600, 1: 600, 2: 600, 3: 600, 4: 400}


def test_the_usual_is_that_of_what_is_scored() -> None:
    assert per_length({3: 600, 4: 600}, NORMS, EQUAL) == {3: 600, 4: 300}
    assert per_length({4: 600}, NORMS, EQUAL) == {4: 600}
    assert per_length({}, NORMS, EQUAL) == {}
