"""A chain of round records holds as a whole, or the first broken link is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requester_cli import chain
from tests.unit.requester_cli.examples import finished, raw_record, raw_records, sha
from weftwork.errors import IntegrityError

TASK = finished().task


def test_a_true_chain_is_accepted() -> None:
    chain.check(TASK, raw_records(3))


def broken(number: int, **changes: Any) -> list[dict[str, Any]]:
    records = raw_records(3)
    records[number - 1] |= changes
    return records


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "shows no round"),
        (broken(1, base_digest=sha("other")), "round 1: base_digest"),
        (broken(1, previous=sha("other")), "round 1: previous"),
        (broken(2, base_digest=sha("other")), "round 2: base_digest"),
        (broken(2, previous=sha("other")), "round 2: previous"),
        (broken(1, accuracy_ppm=1), "round 2: previous"),
        (broken(2, task="another-task"), "round 2: task"),
        (broken(2, outcome="FINAL"), "round 2: outcome"),
        (raw_records(2), "round 2: outcome is CONTINUE, should be FINAL"),
        ([raw_records(3)[0], raw_records(3)[2]], "round 2: round is 3, should be 2"),
        (broken(3, digest=sha("other")), "but the last round made"),
        (broken(3, size=1), "but the last round made"),
    ],
)
def test_the_first_thing_that_does_not_hold_is_named(
    records: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(IntegrityError, match=words):
        chain.check(TASK, records)


@given(number=st.integers(1, 2), data=st.data())
def test_no_field_of_an_earlier_record_can_be_changed(number: int, data: st.DataObject) -> None:
    records = raw_records(3)
    field = data.draw(st.sampled_from(sorted(raw_record(1, ""))))
    records[number - 1][field] = "forged"
    with pytest.raises(IntegrityError):
        chain.check(TASK, records)
