"""Weftwork's ledger as programs see it, against the real chaincode."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from pydantic import BaseModel

from network.consortium import Consortium
from tests.contract.committee import caught_up
from tests.contract.ledger.connecting import gateway_of
from tests.contract.ledger.newcomers import newcomers
from tests.contract.ledger.proxy import HoldingSigner, Proxy
from tests.contract.requester_cli.parties import (
    FACTORIES,
    Parties,
    accepting,
    artifact,
    definition,
    join,
    signed,
    terms,
)
from weftwork.config import Connection
from weftwork.errors import IntegrityError
from weftwork.ledger import (
    BudgetExceeded,
    Contract,
    Deadlines,
    FileCheckpoint,
    Ledger,
    LedgerEvent,
    Network,
    NotFound,
    Refused,
    Unresolved,
    calls,
)
from weftwork.ledger.credentials import Credentials
from weftwork.ledger.records import (
    Participant,
    Privacy,
    PrivacyBudget,
    PrivacySpend,
    Round,
    RoundRecord,
    Task,
    TaskDefinition,
)
from weftwork.signing import verify_acceptance


@pytest_asyncio.fixture(scope="session")
async def parties(consortium: Consortium) -> AsyncIterator[Parties]:
    async with Parties.meet(consortium.home) as parties:
        yield parties


@pytest_asyncio.fixture(scope="session")
async def played(parties: Parties) -> Task:
    """A task that was played to its end."""
    name = new_task()
    await parties.publish(name)
    return await parties.play(name)


def new_task() -> str:
    return f"ledger-{secrets.token_hex(4)}"


def test_who_one_is(parties: Parties) -> None:
    assert parties.requester.msp_id == "RequesterMSP"
    assert parties.requester.common_name == "requester.requester"


async def test_participants(parties: Parties) -> None:
    everyone = await parties.requester.participants.list()
    assert set(FACTORIES) <= {participant.name for participant in everyone}
    factory = await parties.requester.participants.get("factory1")
    assert (factory.msp_id, factory.role, factory.state) == ("Factory1MSP", "provider", "ACTIVE")
    assert factory.certificate.startswith("-----BEGIN CERTIFICATE-----")


async def test_who_has_withdrawn_joins_nothing(consortium: Consortium, parties: Parties) -> None:
    task = new_task()
    await parties.publish(task)
    async with newcomers(consortium, 1) as providers:
        [(name, provider)] = providers.items()
        await provider.participants.register(name, "localhost:1")
        assert (await provider.participants.deactivate()).outcome == "recorded"
        assert (await provider.participants.get(name)).state == "INACTIVE"
        with pytest.raises(Refused, match=f"participant {name} is INACTIVE") as caught:
            await provider.tasks.join(task, terms())
    assert caught.value.code == "PERMISSION_DENIED"
    await parties.requester.tasks.cancel(task, "done")


async def test_pages_are_followed_to_the_end(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await parties.requester.participants.list()
    monkeypatch.setattr(calls, "_PAGE_SIZE", "2")
    assert await parties.requester.participants.list() == whole
    assert len(whole) > 2


async def test_a_repetition_is_recorded_once(parties: Parties) -> None:
    task = new_task()
    content = TaskDefinition.model_validate(definition())
    first = await parties.pay(task, content)
    again = await parties.requester.tasks.publish(task, content)
    assert (first.outcome, again.outcome) == ("recorded", "already-recorded")
    assert first.transaction_id != again.transaction_id
    assert (await parties.requester.tasks.get(task)).definition == content
    await parties.requester.tasks.cancel(task, "only published to be repeated")


async def test_the_same_name_for_something_else_is_refused(parties: Parties) -> None:
    task = new_task()
    await parties.publish(task)
    with pytest.raises(Refused) as caught:
        await parties.requester.tasks.publish(task, definition(title="Another"))
    assert caught.value.code == "ALREADY_EXISTS"
    assert task in caught.value.text
    assert len(caught.value.transaction_id) == 64
    cancelled = await parties.requester.tasks.cancel(task, "enough")
    assert cancelled.outcome == "recorded"
    assert (await parties.requester.tasks.get(task)).state == "CANCELLED"


async def test_a_provider_publishes_nothing(parties: Parties) -> None:
    with pytest.raises(Refused) as caught:
        await parties.factories["factory1"].tasks.publish(new_task(), definition())
    assert caught.value.code == "PERMISSION_DENIED"


async def test_what_is_not_there(parties: Parties) -> None:
    with pytest.raises(NotFound, match="no-such-task"):
        await parties.requester.tasks.get("no-such-task")


async def test_a_task_from_publication_to_its_end(parties: Parties, played: Task) -> None:
    assert (played.state, played.round) == ("FINISHED", 2)
    assert played.participants == list(FACTORIES)
    records = await parties.requester.rounds.list(played.id)
    assert [record.round for record in records] == [1, 2]
    assert [record.outcome for record in records] == ["CONTINUE", "FINAL"]
    assert records[1].base_digest == records[0].digest
    assert played.model.digest == records[1].digest
    assert played in await parties.requester.tasks.list("FINISHED")
    assert played not in await parties.requester.tasks.list("RUNNING")


async def test_an_update_s_signature_is_checked(parties: Parties) -> None:
    task = new_task()
    await parties.publish(task)
    await parties.start(task)
    factory = parties.factories["factory1"]
    round_ = await opened(factory, task)
    digest = artifact(b"update").digest
    update = {"digest": digest, "size": 6, "samples": 10, "base_digest": round_.base.digest}
    update |= {"privacy": {"mode": "none"}, "metrics": {}}
    for signature in (factory.sign_update(task, 2, digest), "AAAA"):
        with pytest.raises(Refused, match="signature"):
            await factory.rounds.submit_update(task, 1, update | {"signature": signature})
    await parties.requester.tasks.cancel(task, "done")


async def test_what_was_accepted_can_be_shown_to_anyone(parties: Parties) -> None:
    """The digest that is signed is computed here, of all that was published."""
    task, odd = new_task(), 'Zähler <&> "\\" \u2028\n\t\U0001f600'
    training = definition()["training"] | {"z-later": {"é": [None, True, -1]}, "a-later": odd}
    published = await parties.publish(task, description=odd, training=training)
    assert published.own_digest == published.definition_digest
    await caught_up(partial(join, parties.factories["factory1"], task))
    [joined] = (await parties.factories["factory1"].tasks.get(task)).joined
    certificate = (await parties.requester.participants.get("factory1")).certificate.encode()
    acceptance = joined.join.acceptance
    verify_acceptance(certificate, task, published.own_digest, acceptance)
    with pytest.raises(IntegrityError, match="not its provider's"):
        verify_acceptance(certificate, "other", published.own_digest, acceptance)
    await parties.requester.tasks.cancel(task, "done")


async def test_what_was_not_read_cannot_be_accepted(parties: Parties) -> None:
    task = new_task()
    await parties.publish(task)
    factory, other = parties.factories["factory1"], parties.factories["factory2"]
    await caught_up(partial(factory.tasks.get, task))
    digest = (await factory.tasks.get(task)).own_digest
    for acceptance in (
        factory.sign_acceptance(task, "0" * 64),
        other.sign_acceptance(task, digest),
        factory.sign_update(task, 1, digest),
    ):
        with pytest.raises(Refused, match=r"signature: not one over .*acceptance") as caught:
            await factory.tasks.join(task, terms(acceptance=acceptance))
        assert caught.value.code == "INVALID_ARGUMENT"
    await parties.requester.tasks.cancel(task, "done")


async def test_nobody_spends_more_privacy_than_it_granted(parties: Parties) -> None:
    task, budget = new_task(), {"mode": "ddp-sgd", "epsilon_micro": 3_000_000, "delta": "1e-5"}
    terms = {
        "privacy": budget | {"threshold": "1.5"},
        "validation": artifact(b"shown").model_dump(),
    }
    published = await parties.publish(task, **terms)
    assert published.definition.privacy == Privacy.model_validate(terms["privacy"])
    granted = PrivacyBudget.model_validate(budget | {"epsilon_micro": 2_000_000})
    await parties.start(task, privacy_budget=granted.model_dump())
    factory = parties.factories["factory1"]
    update = signed(factory, artifact(b"update"), await opened(factory, task))
    with pytest.raises(Refused, match=r'privacy_budget\.mode: "none" is not') as caught:
        await factory.tasks.join(task, await accepting(factory, task))
    assert caught.value.code == "INVALID_ARGUMENT"
    past = update | {"privacy": budget | {"epsilon_micro": 2_000_001}}
    with pytest.raises(BudgetExceeded, match="2000001 is spent, the budget is 2000000"):
        await factory.rounds.submit_update(task, 1, past)
    await factory.rounds.submit_update(task, 1, update | {"privacy": granted.model_dump()})
    [shown] = (await factory.rounds.get(task, 1)).updates
    assert shown.privacy == PrivacySpend.model_validate(granted.model_dump())
    await parties.requester.tasks.cancel(task, "done")


async def test_only_what_was_proposed_is_committed(parties: Parties) -> None:
    task = new_task()
    await parties.publish(task)
    await parties.start(task)
    for name in FACTORIES:
        await parties.submit(task, 1, name)
    proposed = artifact(b"the model")
    leader = (await parties.committee(task, 1).propose(proposed)).rounds
    other = artifact(b"another model").digest
    with pytest.raises(Refused, match="guard as-proposed") as caught:
        await leader.commit(task, 1, other)
    assert caught.value.code == "PRECONDITION_FAILED"
    assert other in caught.value.text
    assert proposed.digest in caught.value.text
    assert (await leader.get(task, 1)).state == "PROPOSED"
    await parties.requester.tasks.cancel(task, "done")


async def test_a_submission_of_which_nothing_is_heard_is_unresolved(
    connection: Connection, parties: Parties
) -> None:
    task, credentials, funds = new_task(), Credentials.load(connection), await parties.funds()
    deadlines = Deadlines(submit=0.5, commit_status=0.5)
    async with Proxy(connection.gateway.endpoint) as proxy:
        signer = HoldingSigner(credentials.signer, proxy)
        gateway = gateway_of(connection, proxy.endpoint, signer=signer, deadlines=deadlines)
        async with Ledger(credentials, gateway, connection) as ledger:
            with pytest.raises(Unresolved, match="may or may not have committed") as caught:
                await ledger.tasks.publish(task, definition(), funds)
    published = await caught_up(partial(parties.requester.tasks.get, task))
    assert published.transactions.publish == caught.value.transaction_id
    again = await parties.requester.tasks.publish(task, definition())
    assert again.outcome == "already-recorded"
    await parties.requester.tasks.cancel(task, "done")


async def opened(ledger: Ledger, task: str) -> Round:
    """Round 1, once the block that opened it has reached this organisation's peer too."""
    for _ in range(100):
        try:
            return await ledger.rounds.get(task, 1)
        except NotFound:
            await asyncio.sleep(0.1)
    raise TimeoutError(task)


@pytest.mark.parametrize(
    ("model", "contract", "arguments"),
    [
        (Participant, "Participants", ("factory1",)),
        (Task, "Tasks", ("{task}",)),
        (Round, "Rounds", ("{task}", "2")),
        (RoundRecord, "Rounds", ("{task}", "2")),
    ],
)
async def test_every_field_of_a_model_is_on_the_ledger(
    network: Network,
    played: Task,
    model: type[BaseModel],
    contract: str,
    arguments: tuple[str, ...],
) -> None:
    filled = [argument.format(task=played.id) for argument in arguments]
    answer = json.loads(await network.contract("weftwork", contract).evaluate("Get", *filled))
    if model is RoundRecord:
        answer = answer["record"]
    assert missing(model, answer) == []


def missing(model: type[BaseModel], answer: dict[str, Any]) -> list[str]:
    """The fields of `model` that the ledger's answer lacks; others are not sent to it either."""
    fields = model.model_fields.items()
    names = [field.alias or name for name, field in fields if not field.exclude]
    return [name for name in names if name not in answer]


async def test_events_tell_a_task_s_story(parties: Parties, played: Task) -> None:
    story: list[LedgerEvent] = []
    async with asyncio.timeout(30):
        async for event in parties.requester.events(start_block=0):
            if event.task == played.id:
                story.append(event)
            if event.task == played.id and event.record.get("finished_at_ms"):
                break
    contracts = {event.name.split(".")[2] for event in story}
    assert contracts == {"Tasks", "Rounds", "Committee"}
    assert all(event.name.startswith("weftwork.v1.") for event in story)
    in_turn = [event.at_ms for event in story if ".Committee." not in event.name]
    assert in_turn == sorted(in_turn), "but for a committee's members, who act at once"
    assert {event.round for event in story} == {0, 1, 2}


async def test_events_go_on_from_a_checkpoint(parties: Parties, tmp_path: Any) -> None:
    path = tmp_path / "events"
    first, second = new_task(), new_task()
    events = parties.requester.events(checkpoint=FileCheckpoint(path))
    await parties.publish(first)
    async with asyncio.timeout(30):
        while (await anext(events)).task != first:
            pass
        following = asyncio.ensure_future(anext(events))
        await parties.publish(second)
        while (await following).task != second:
            following = asyncio.ensure_future(anext(events))
        # The second is in hand, so the file is at the first, and the second comes again.
        again = parties.requester.events(checkpoint=FileCheckpoint(path))
        while (await anext(again)).task != second:
            pass
    for task in (first, second):
        await parties.requester.tasks.cancel(task, "done")


async def test_an_event_that_cannot_be_read_is_passed_over_on_request(
    connection: Connection, probe: Contract
) -> None:
    strange, readable = secrets.token_hex(4), json.dumps({"version": 1, "task": new_task()})
    async with Ledger.open(connection.model_copy(update={"chaincode": "probe"})) as ledger:
        now = await ledger.network.height()  # asked later, it could be that of a block of ours
        strict, errors = ledger.events(start_block=now), list[IntegrityError]()
        lenient = ledger.events(start_block=now, unreadable=errors.append)
        for payload in (strange, readable):
            await probe.submit("Emit", "strange", payload)
        with pytest.raises(IntegrityError, match="event strange of transaction"):
            await anext(strict)
        event = await anext(lenient)
    assert event.task == json.loads(readable)["task"]
    assert len(errors) == 1
