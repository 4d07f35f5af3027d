"""Who paid in how much, and whether the auditor accepts it."""

from pathlib import Path

import pytest

from requester_cli.verify import lines
from tests.unit.audit.enveloped import CHANNEL, Written, audited, envelope
from weftwork.audit.findings import Report


def deposits(folder: Path, *treasurers: str) -> Report:
    """Of two treasurers of Org1, and one of Org2."""
    content = []
    for msp, amount in (("Org1MSP", 5), ("Org2MSP", 7), ("Org1MSP", 11)):
        record = {"treasurer_msp": msp, "unit": "credit", "amount": amount}
        what = Written(records=((("deposit", f"of-{amount}"), record),), nonce=b"%d" % amount)
        one = envelope(CHANNEL.clients[0], what, CHANNEL.peers)
        content.append((one.SerializeToString(), 0))
    return audited(folder, content, treasurers=treasurers).report


@pytest.mark.parametrize(
    ("accepted", "texts"),
    [
        ((), []),
        (("Org1MSP", "Org2MSP"), []),
        (("Org1MSP",), ["a treasurer of Org2MSP paid in 7 credit, not of Org1MSP"]),
    ],
    ids=["anybody", "both", "one"],
)
def test_only_those_that_are_accepted_pay_in(
    tmp_path: Path, accepted: tuple[str, ...], texts: list[str]
) -> None:
    found = [one for one in deposits(tmp_path, *accepted).findings if one.rule == "treasurers"]
    assert [one.text for one in found] == texts


def test_who_paid_in_how_much_is_told(tmp_path: Path) -> None:
    report = deposits(tmp_path)
    assert report.document()["deposits"] == [
        {"treasurer_msp": "Org1MSP", "unit": "credit", "amount": 16},
        {"treasurer_msp": "Org2MSP", "unit": "credit", "amount": 7},
    ]
    told = [str(one) for one in lines(report)]
    assert "treasurers of Org1MSP paid in 16 credit" in told
    assert report.checked["treasurers"] == 3
