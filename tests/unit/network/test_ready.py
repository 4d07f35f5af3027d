"""When a chaincode counts as ready, with a gateway that refuses at first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from network import ready, service
from weftwork.errors import DeadlineError
from weftwork.ledger import ContractError, EndorseError, blocking

REFUSED = EndorseError("refused", contract_error=ContractError("", "no such function"))


@pytest.fixture
def endorse(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """What the gateway does with the proposal."""
    gateway = MagicMock()
    described = SimpleNamespace(
        organisation="factory1", channel="weftwork", gateway=SimpleNamespace(endpoint="localhost:1")
    )
    monkeypatch.setattr(ready, "load_yaml", lambda *_: described)
    monkeypatch.setattr(ready, "Credentials", MagicMock())
    monkeypatch.setattr(blocking, "Gateway", lambda *_, **__: gateway)
    contract = gateway.__enter__.return_value.network.return_value.contract.return_value
    found: Any = contract.proposal.return_value.endorse
    assert isinstance(found, MagicMock)
    return found


def test_the_products_chaincode_has_to_answer(endorse: MagicMock) -> None:
    endorse.side_effect = [REFUSED, EndorseError("nobody yet"), None]
    ready.wait(Path("connection.yaml"), service.MAIN, 5)
    assert endorse.call_count == 3
    endorse.side_effect = REFUSED
    with pytest.raises(DeadlineError, match=r"factory1: nobody can transact yet: .*no such"):
        ready.wait(Path("connection.yaml"), service.MAIN, 0)


def test_a_refusal_of_another_chaincode_shows_that_it_runs(endorse: MagicMock) -> None:
    endorse.side_effect = [EndorseError("nobody yet"), REFUSED]
    ready.wait(Path("connection.yaml"), "probe", 5)
    assert endorse.call_count == 2
