"""A colluding member's scores."""

from benchmarks.reputation.members import PRAISE, Scores, colluding


def score(name: str, micro: int, reason: str = "") -> dict[str, str | int]:
    verdict = "rejected" if reason else "accepted"
    return {"participant": name, "verdict": verdict, "reason": reason, "score_micro": micro}


def test_friends_are_praised_and_all_others_rejected() -> None:
    scores: Scores = [score("a", 7), score("b", 0, "duplicate"), score("c", 3)]
    assert colluding({"b", "d"})(scores) == [
        score("a", -7, "harmful"),
        score("b", 7 * PRAISE),
        score("c", -7, "harmful"),
    ]


def test_there_is_praise_where_nobody_added_anything() -> None:
    assert colluding({"a"})([score("a", -5)]) == [score("a", PRAISE)]
