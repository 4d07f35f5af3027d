"""What a call wrote, against what the rules say."""

from tests.unit.audit.played import Played
from weftwork.audit.replay import differences
from weftwork.audit.world import Writes


def test_the_same_records_do_not_differ() -> None:
    writes: Writes = {("round", "digits", "00001"): {"leader": "a", "missing": []}}
    assert list(differences(writes, writes)) == []
    assert list(differences({("x",): {"names": None}}, {("x",): {"names": []}})) == []


def test_a_difference_is_named_with_its_path() -> None:
    wrote: Writes = {("round", "digits", "00001"): {"standings": [{"points": 5}]}}
    right: Writes = {("round", "digits", "00001"): {"standings": [{"points": 7}]}}
    (text,) = differences(wrote, right)
    assert text == "standings[0].points of round/digits/00001 is 5, by the rules 7"


def test_records_by_no_rule_and_records_that_lack_are_found() -> None:
    assert list(differences({("coin", "a"): {}}, {("coin", "b"): {}})) == [
        "it writes coin/a, by no rule",
        "it does not write coin/b",
    ]


def test_zero_is_not_nothing() -> None:
    assert list(differences({("x",): {"refund": 0}}, {("x",): {"refund": None}}))
    assert list(differences({("x",): {"last": False}}, {("x",): {"last": None}}))


def test_half_a_surrogate_pair_is_read_as_go_reads_it() -> None:
    """In JSON one can name it; what Go then has is a replacement character."""
    played = Played()
    played.publish(())
    played.call("d", "Participants:Register", "d", "host:1")
    given = played.joining() | {"data_type": "\ud800", "attributes": {"\udfff": "\U0001f600\udbff"}}
    record = played.call("d", "Tasks:Join", "t", given)["join", "t", "d"]
    assert record["join"]["data_type"] == "\N{REPLACEMENT CHARACTER}"
    assert record["join"]["attributes"] == {"\ufffd": "\U0001f600\ufffd"}
