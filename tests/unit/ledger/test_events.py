import json
from typing import Any

import pytest

from weftwork.errors import IntegrityError
from weftwork.ledger.chaincode_event import ChaincodeEvent
from weftwork.ledger.events import LedgerEvent

NAME = "weftwork.v1.Rounds.Committed"


def parse(payload: Any) -> LedgerEvent:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return LedgerEvent.parse(ChaincodeEvent(7, "abc", "weftwork", NAME, raw))


def test_an_event_s_parts() -> None:
    event = parse({"version": 1, "task": "t", "round": 2, "at_ms": 5, "record": {"digest": "d"}})
    assert (event.name, event.task, event.round) == (NAME, "t", 2)
    assert (event.block_number, event.transaction_id) == (7, "abc")
    assert (event.at_ms, event.record) == (5, {"digest": "d"})


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", [], {}, {"version": 2}, {"version": 1, "round": "x"}]
)
def test_what_is_no_event_of_ours_is_named(payload: Any) -> None:
    with pytest.raises(IntegrityError, match=f"event {NAME} of transaction abc"):
        parse(payload)
