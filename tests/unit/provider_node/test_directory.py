"""The participants are read rarely, and never remembered beyond an event that changed them."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from provider_node import directory as module
from provider_node.directory import Directory
from weftwork.errors import ConnectionFailedError, NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant


def participant(name: str, **changes: str) -> Participant:
    about = {
        "name": name,
        "msp_id": f"{name}MSP",
        "common_name": f"node.{name}",
        "role": "provider",
        "certificate": "pem",
        "endpoint": f"{name}:1",
    }
    return Participant.model_validate({**about, **changes})


class CountingLedger:
    """Answers slowly with what was true when it was asked, and counts how often it was."""

    def __init__(self) -> None:
        self.reads = 0
        self.reachable = True
        self.everyone = [participant("f1")]
        self.participants = SimpleNamespace(list=self.list)

    async def list(self) -> list[Participant]:
        self.reads += 1
        answer = list(self.everyone)
        await asyncio.sleep(0.01)
        if not self.reachable:
            raise ConnectionFailedError("the peer is away")
        return answer


@pytest.fixture
def ledger() -> CountingLedger:
    return CountingLedger()


@pytest.fixture
def directory(ledger: CountingLedger) -> Directory:
    return Directory(cast("Ledger", ledger))


async def test_many_who_ask_at_once_cost_one_reading(
    ledger: CountingLedger, directory: Directory
) -> None:
    found = await asyncio.gather(*(directory.get("f1") for _ in range(20)))
    assert {one.endpoint for one in found} == {"f1:1"}
    assert ledger.reads == 1


async def test_an_event_makes_what_was_read_old(
    ledger: CountingLedger, directory: Directory
) -> None:
    await directory.get("f1")
    ledger.everyone = [participant("f1", endpoint="f1:2")]
    assert (await directory.get("f1")).endpoint == "f1:1"
    directory.outdate()
    assert (await directory.get("f1")).endpoint == "f1:2"
    assert ledger.reads == 2


async def test_an_event_in_the_middle_of_a_reading_makes_it_old_too(
    ledger: CountingLedger, directory: Directory
) -> None:
    reading = asyncio.create_task(directory.get("f1"))
    await asyncio.sleep(0)
    ledger.everyone = [participant("f1", endpoint="f1:2")]
    directory.outdate()
    await reading
    assert (await directory.get("f1")).endpoint == "f1:2"


async def test_a_missed_event_is_made_up_for_after_a_while(
    ledger: CountingLedger, directory: Directory
) -> None:
    await directory.everyone()
    await directory.everyone()
    assert ledger.reads == 1
    await asyncio.sleep(0.02)
    await directory.everyone(max_age=0.01)
    assert ledger.reads == 2


async def test_a_stranger_makes_it_read_again_but_not_each_time(
    ledger: CountingLedger, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGER_SECONDS", 0)
    await directory.everyone()
    ledger.everyone.append(participant("f2"))
    assert await directory.find("f2MSP", "node.f2") == participant("f2")
    assert ledger.reads == 2
    monkeypatch.setattr(module, "STRANGER_SECONDS", 60)
    assert await directory.find("f3MSP", "node.f3") is None
    with pytest.raises(NotFoundError, match="no participant 'f3'"):
        await directory.get("f3")
    assert ledger.reads == 2


async def test_a_name_is_not_an_identity(directory: Directory) -> None:
    assert await directory.find("f1MSP", "node.f2") is None
    assert await directory.find("f2MSP", "node.f1") is None
    assert await directory.find("f1MSP", "node.f1") == participant("f1")


async def test_who_retired_is_still_known(ledger: CountingLedger, directory: Directory) -> None:
    ledger.everyone.append(participant("f2", state="INACTIVE"))
    assert await directory.retired() == {"f2"}
    assert (await directory.get("f2")).state == "INACTIVE"


async def test_a_failure_is_not_remembered(ledger: CountingLedger, directory: Directory) -> None:
    ledger.reachable = False
    with pytest.raises(ConnectionFailedError):
        await directory.get("f1")
    ledger.reachable = True
    assert (await directory.get("f1")).name == "f1"
