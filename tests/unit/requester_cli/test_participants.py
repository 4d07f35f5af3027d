"""Who takes part, on the screens that people have."""

import pytest

from requester_cli import output, participants
from weftwork.ledger.records import Participant


def test_of_a_narrow_screen_endpoints_are_cut_off_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    requester = {
        "name": "requester.requester",
        "msp_id": "RequesterMSP",
        "common_name": "",
        "role": "requester",
        "certificate": "",
        "endpoint": "localhost:28599",
        "reputation": 582_000,
    }
    output.show(participants._table([Participant.model_validate(requester)]))
    [_, line] = capsys.readouterr().out.splitlines()
    assert line.split() == [
        *("requester.requester", "requester", "RequesterMSP", "localhost:285…", "0.582", "ACTIVE")
    ]
