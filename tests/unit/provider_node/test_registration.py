"""What a node owes to its own record."""

from typing import Any

import pytest

from provider_node.registration import Register, UpdateEndpoint, owed_registration
from weftwork.ledger.records import Participant

PEM = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"


def recorded(**changes: Any) -> Participant:
    values = {
        "name": "f1",
        "msp_id": "F1MSP",
        "common_name": "node.f1",
        "role": "provider",
        "certificate": PEM,
        "endpoint": "localhost:1",
    }
    return Participant(**{**values, **changes})


@pytest.mark.parametrize(
    ("record", "step"),
    [
        (None, Register()),
        (recorded(state="INACTIVE"), Register()),
        (recorded(endpoint="localhost:2"), UpdateEndpoint()),
        (recorded(certificate=PEM.replace("abc", "def")), UpdateEndpoint()),
        (recorded(certificate=PEM.strip()), None),
        (recorded(), None),
    ],
)
def test_the_record_is_kept_true(record: Participant | None, step: object) -> None:
    assert owed_registration(record, "localhost:1", PEM) == step
