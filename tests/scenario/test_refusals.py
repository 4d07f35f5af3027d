"""What the consortium refuses: with the right error, and without a trace in any ledger."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.contract.committee import Committee, caught_up
from tests.scenario.consortium_at_work import EVERYONE, FACTORIES, AtWork, open_ledger
from tests.scenario.ordered import having
from weftwork.artifacts import ArtifactClient, Header, Kind, Store
from weftwork.config import Connection, KeyPair, load_yaml
from weftwork.errors import RefusedError
from weftwork.identity import CertificateAuthority, load_msp, write_identity
from weftwork.ledger import CommitError, Ledger, Refused
from weftwork.ledger.records import Artifact, Round, Task, Update
from weftwork.ledger.refusals import translate

OTHER = "0" * 64


@pytest_asyncio.fixture(scope="module")
async def ended(at_work: AtWork) -> Task:
    """A finished task of one round, which its leader has decided alone."""
    alone = {"committee": 1, "stage_seconds": 20}
    task = await at_work.publish(training__rounds=1, governance=alone)
    return await at_work.counted(await at_work.finished(task))


@pytest_asyncio.fixture(scope="module")
async def opened(at_work: AtWork, ended: Task) -> AsyncIterator[Task]:
    """A task in its second round, played by hand: no node has its model, so none takes part.

    One participant has kept silent in the first round, which was closed without it.
    """
    ledgers = {name: await open_ledger(at_work.consortium, name, "node") for name in FACTORIES}
    definition = ended.definition.model_dump(mode="json", by_alias=True)
    definition["model"]["name"] = "nobody-has-this"
    definition["training"]["rounds"] = 2
    # The second round is as long, and twice that before it would be halted: so long it stays open.
    definition["participants"]["min"], definition["round_seconds"] = 2, 60
    definition["governance"] |= {"committee": 3, "stage_seconds": 300}
    task = f"{ended.id}-by-hand"
    definition["reward"]["amount"] = 0  # nobody is paid by a test
    await at_work.ledger.tasks.publish(task, definition)
    published = await at_work.ledger.tasks.get(task)
    for ledger in ledgers.values():
        terms = _join(ledger, ended, published)
        await caught_up(partial(ledger.tasks.join, task, terms))
    await at_work.next_event(task, "Started", 1)  # by the archive, since three have joined
    first = await at_work.ledger.rounds.get(task, 1)
    speaking = [name for name in FACTORIES if name != _silent(first)]
    for name in speaking:
        update = _update(ledgers[name], ended, task, 1, name)
        await caught_up(partial(ledgers[name].rounds.submit_update, task, 1, update))
    await asyncio.sleep(first.deadline_ms / 1000 - time.time() + 0.5)
    await Committee(ledgers, task, 1).decide(Artifact(digest="a" * 64, size=9))
    yield await at_work.ledger.tasks.get(task)
    await at_work.ledger.tasks.cancel(task, "the tests are over")
    for ledger in ledgers.values():
        await ledger.close()


def _join(ledger: Ledger, template: Task, task: Task) -> dict[str, Any]:
    """As a provider joined the template, and accepting `task`."""
    terms = template.joined[0].join.model_dump(mode="json")
    return terms | {"acceptance": ledger.sign_acceptance(task.id, task.own_digest)}


def _update(ledger: Ledger, base: Task, task: str, number: int, name: str) -> Update:
    digest = f"{FACTORIES.index(name) + 1}" * 64
    base_digest = base.definition.initial_model.digest
    signature = ledger.sign_update(task, number, digest)
    return Update(digest=digest, size=9, samples=10, base_digest=base_digest, signature=signature)


def _silent(first: Round) -> str:
    """Who submits nothing in the first round: neither its leader nor factory1."""
    return next(name for name in reversed(FACTORIES) if name != first.leader)


@pytest_asyncio.fixture
async def factory(at_work: AtWork) -> AsyncIterator[Ledger]:
    """The ledger as factory1's node sees it."""
    async with await open_ledger(at_work.consortium, "factory1", "node") as ledger:
        yield ledger


@asynccontextmanager
async def refused(at_work: AtWork, code: str, *said: str) -> AsyncIterator[None]:
    """The body is refused with this code and these words, and is in no organisation's ledger."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code
    for words in said:
        assert words in caught.value.text
    found = await having(at_work, caught.value.transaction_id)
    assert not found, f"it is in the ledgers of {', '.join(found)}"


async def test_what_was_ordered_is_found_in_every_ledger(at_work: AtWork, factory: Ledger) -> None:
    """Then the ledger was not as before: so a test of a refusal fails where that happens."""
    with pytest.raises(AssertionError, match=f"in the ledgers of {', '.join(EVERYONE)}"):
        async with refused(at_work, "ENDORSEMENT_POLICY_FAILURE"):
            await _submit_endorsed_by_oneself(factory)


async def _submit_endorsed_by_oneself(ledger: Ledger) -> None:
    """The orderers do not know the contract's policy: only the validation refuses."""
    participants = ledger.network.contract("weftwork", "Participants")
    alone = [ledger.msp_id]
    _, commit = await participants.submit_async("Get", "factory1", endorsing_organisations=alone)
    try:
        (await commit.status()).check()
    except CommitError as error:
        raise translate(error) from error


async def test_a_name_belongs_to_the_identity_that_took_it(at_work: AtWork, tmp_path: Path) -> None:
    connection = await asyncio.to_thread(_impostor, at_work, tmp_path)
    async with (
        Ledger.open(connection) as impostor,
        refused(at_work, "ALREADY_EXISTS", "factory1", "another identity"),
    ):
        await impostor.participants.register("factory1", "localhost:1")
    recorded = await at_work.ledger.participants.get("factory1")
    assert recorded.common_name == "node.factory1"


def _impostor(at_work: AtWork, folder: Path) -> Connection:
    """A second provider of factory1, enrolled by its CA: another certificate."""
    organisation = at_work.consortium.topology.organisation("factory1")
    site = at_work.consortium.home.site("factory1")
    ca = CertificateAuthority(f"https://{organisation.ca.endpoint}", "ca.factory1", site.public.ca)
    admin = load_msp(site.identity("admin").msp)
    secret = ca.register(admin, "impostor.factory1", "client", {"weftwork.role": "provider"})
    signing = ca.enroll("impostor.factory1", secret)
    write_identity(folder, signing, tls=ca.reenroll(signing, profile="tls"))
    own = load_yaml(site.identity("node").connection, Connection)
    msp, tls = folder / "msp", folder / "tls"
    return own.model_copy(
        update={
            "identity": KeyPair(
                certificate=msp / "signcerts" / "cert.pem", key=msp / "keystore" / "key.pem"
            ),
            "tls": KeyPair(certificate=tls / "cert.pem", key=tls / "key.pem"),
        }
    )


async def test_a_requester_may_not_do_what_providers_do(at_work: AtWork, opened: Task) -> None:
    async with refused(at_work, "PERMISSION_DENIED", "requester", "provider"):
        await at_work.ledger.tasks.join(opened.id, _join(at_work.ledger, opened, opened))
    update = _update(at_work.ledger, opened, opened.id, 2, "factory1")
    async with refused(at_work, "PERMISSION_DENIED", "requester", "provider"):
        await at_work.ledger.rounds.submit_update(opened.id, 2, update)


async def test_a_provider_may_not_publish_or_start(
    at_work: AtWork, factory: Ledger, opened: Task
) -> None:
    definition = opened.definition.model_dump(mode="json", by_alias=True)
    async with refused(at_work, "PERMISSION_DENIED", "provider", "requester"):
        await factory.tasks.publish("mine", definition)
    async with refused(at_work, "PERMISSION_DENIED", "factory1"):
        await factory.tasks.cancel(opened.id, "because")


async def test_a_closed_round_takes_no_update(at_work: AtWork, opened: Task) -> None:
    record = (await at_work.ledger.rounds.get(opened.id, 1)).record
    assert record
    [silent] = record.missing
    async with await open_ledger(at_work.consortium, silent, "node") as ledger:
        late = _update(ledger, opened, opened.id, 1, silent)
        async with refused(at_work, "ILLEGAL_TRANSITION", "round 1", "COMMITTED", "SubmitUpdate"):
            await ledger.rounds.submit_update(opened.id, 1, late)


async def test_an_update_that_is_on_the_ledger_is_not_replaced(
    at_work: AtWork, factory: Ledger, opened: Task
) -> None:
    other = _update(factory, opened, opened.id, 1, "factory1").model_copy(
        update={"digest": OTHER, "signature": factory.sign_update(opened.id, 1, OTHER)}
    )
    before = await factory.rounds.get(opened.id, 1)
    async with refused(at_work, "ALREADY_EXISTS", "other content"):
        await factory.rounds.submit_update(opened.id, 1, other)
    assert await factory.rounds.get(opened.id, 1) == before


async def test_a_finished_task_takes_no_update(
    at_work: AtWork, factory: Ledger, ended: Task
) -> None:
    update = _update(factory, ended, ended.id, 2, "factory1")
    async with refused(
        at_work, "ILLEGAL_TRANSITION", ended.id, "FINISHED", "allowed: Committee:Count"
    ):
        await factory.rounds.submit_update(ended.id, 2, update)


async def test_an_update_from_another_base_is_refused(
    at_work: AtWork, factory: Ledger, opened: Task
) -> None:
    stale = _update(factory, opened, opened.id, 2, "factory1")
    async with refused(at_work, "PRECONDITION_FAILED", "same-base", "a" * 64):
        await factory.rounds.submit_update(opened.id, 2, stale)


async def test_a_signature_of_another_digest_is_refused(
    at_work: AtWork, factory: Ledger, opened: Task
) -> None:
    update = _update(factory, opened, opened.id, 2, "factory1")
    forged = update.model_copy(update={"digest": OTHER, "base_digest": "a" * 64})
    async with refused(at_work, "INVALID_ARGUMENT", "signature"):
        await factory.rounds.submit_update(opened.id, 2, forged)


async def test_a_committed_round_is_not_committed_otherwise(at_work: AtWork, opened: Task) -> None:
    leader = (await at_work.ledger.rounds.get(opened.id, 1)).leader
    async with (
        await open_ledger(at_work.consortium, leader, "node") as ledger,
        refused(at_work, "ALREADY_EXISTS", "Rounds:Commit", "COMMITTED", "allowed: nothing"),
    ):
        await ledger.rounds.commit(opened.id, 1, OTHER)


class TestTransfers:
    """What the nodes refuse each other."""

    async def test_the_final_model_is_the_requesters_alone(
        self, at_work: AtWork, ended: Task, tmp_path: Path
    ) -> None:
        [record] = await at_work.ledger.rounds.list(ended.id)
        loser = next(name for name in FACTORIES if name != record.leader)
        for source in ("requester", record.leader):
            with pytest.raises(RefusedError, match="not entitled"):
                await self.fetch(at_work, loser, source, ended, ended.model, tmp_path)

    async def test_an_update_is_for_its_committee_alone(
        self, at_work: AtWork, ended: Task, tmp_path: Path
    ) -> None:
        [record] = await at_work.ledger.rounds.list(ended.id)
        owner, curious = (name for name in FACTORIES if name != record.leader)
        update = next(one for one in record.submitted if one.participant == owner)
        artifact = Artifact(digest=update.digest, size=update.size)
        for asker in (curious, "requester"):
            with pytest.raises(RefusedError, match="not entitled"):
                await self.fetch(at_work, asker, owner, ended, artifact, tmp_path)
        await self.fetch(at_work, record.leader, owner, ended, artifact, tmp_path)

    async def test_a_node_takes_nothing_that_it_has_not_asked_for(
        self, at_work: AtWork, ended: Task, tmp_path: Path
    ) -> None:
        file = tmp_path / "update"
        file.write_bytes(b"anything")
        with file.open("rb") as content:
            artifact = Store(tmp_path / "store").put(content)
        header = Header(ended.id, Kind.VALIDATION, artifact)
        client, host = await self.between(at_work, "factory2", "factory1")
        with pytest.raises(RefusedError, match="not entitled"):
            await client.push(host, header, file)

    async def fetch(
        self,
        at_work: AtWork,
        asker: str,
        source: str,
        task: Task,
        artifact: Artifact,
        folder: Path,
    ) -> None:
        client, host = await self.between(at_work, asker, source)
        await client.fetch(host, task.id, artifact, Store(folder / asker))

    async def between(self, at_work: AtWork, asker: str, source: str) -> tuple[ArtifactClient, Any]:
        path = at_work.consortium.home.site(asker).identity("node").connection
        client = ArtifactClient(load_yaml(path, Connection))
        return client, await at_work.ledger.participants.get(source)
