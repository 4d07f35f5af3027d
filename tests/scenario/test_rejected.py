"""A provider that hands in rubbish: its round goes on without it, and says so.

And a member that asks for another's update too early: it is for nobody before the round is closed.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio

from tests.contract.committee import caught_up
from tests.scenario.consortium_at_work import AtWork, open_ledger
from weftwork.artifacts import (
    ArtifactClient,
    ArtifactService,
    Header,
    Peer,
    Store,
    Trust,
    serve,
)
from weftwork.config import Connection, load_yaml
from weftwork.errors import RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Artifact, Join, Round, SubmittedUpdate, Update

RASCAL = "factory3"
RUBBISH = b"no safetensors file"
ARTIFACT = Artifact(digest=hashlib.sha256(RUBBISH).hexdigest(), size=len(RUBBISH))


@pytest_asyncio.fixture
async def rascal(at_work: AtWork) -> AsyncIterator[Ledger]:
    """The ledger as factory3 sees it, whose node is away."""
    at_work.stop(RASCAL)
    async with await open_ledger(at_work.consortium, RASCAL, "node") as ledger:
        yield ledger
    await at_work.start(RASCAL)


async def test_an_update_that_is_no_model_is_rejected_by_name(
    at_work: AtWork, rascal: Ledger, tmp_path: Path
) -> None:
    task = await at_work.publish(training__rounds=1, target_accuracy=1)
    published = await at_work.ledger.tasks.get(task)
    join = Join(
        data_type="none",
        samples=400,
        schema_digest=published.definition.data.schema_digest,
        acceptance=rascal.sign_acceptance(task, published.own_digest),
    )
    await caught_up(lambda: rascal.tasks.join(task, join))
    await at_work.next_event(task, "Started", 1)
    newest = await caught_up(lambda: rascal.rounds.get(task, 1))
    async with serving(at_work, tmp_path):
        await hand_in(rascal, newest)
        finished = await at_work.finished(task)
    (record,) = await at_work.assert_sound(finished)
    assert [(one.participant, one.reason) for one in record.rejected] == [(RASCAL, "malformed")]
    assert record.contributors == ["factory1", "factory2"]
    # It was to judge the others' updates, too.
    assert [(one.participant, one.fault) for one in record.faults] == [(RASCAL, "unavailable")]


@asynccontextmanager
async def serving(at_work: AtWork, folder: Path) -> AsyncIterator[None]:
    """The rubbish can be had where the rascal's node would be."""
    store = Store(folder / "store")
    store.put(BytesIO(RUBBISH))
    connection = identity(at_work, RASCAL)
    trust = Trust(connection.trust)
    node = at_work.consortium.topology.organisation(RASCAL).node
    service = ArtifactService(store, ForAnybody(), trust)
    async with serve(f"127.0.0.1:{node.port}", connection.tls, trust, service):
        yield


class ForAnybody:
    """Gives what it has, and takes nothing."""

    async def may_push(self, peer: Peer, header: Header) -> bool:
        return False

    async def may_fetch(self, peer: Peer, task: str, digest: str) -> bool:
        return True


def identity(at_work: AtWork, organisation: str) -> Connection:
    path = at_work.consortium.home.site(organisation).identity("node").connection
    return load_yaml(path, Connection)


async def hand_in(rascal: Ledger, opened: Round) -> None:
    """Submit the digest of the rubbish as a real node would."""
    update = Update(
        digest=ARTIFACT.digest,
        size=ARTIFACT.size,
        samples=400,
        base_digest=opened.base.digest,
        signature=rascal.sign_update(opened.task, opened.round, ARTIFACT.digest),
    )
    await rascal.rounds.submit_update(opened.task, opened.round, update)


async def test_an_update_cannot_be_had_before_it_is_too_late_to_submit_it(
    at_work: AtWork, tmp_path: Path
) -> None:
    """Who had it could hand it in as its own, and first."""
    changes = {"training__rounds": 1, "target_accuracy": 1}
    async with at_work.begun_without(RASCAL, **changes) as task:
        submitted = await at_work.next_event(task, "UpdateSubmitted", 1)
        opened = await at_work.ledger.rounds.get(task, 1)
        assert (opened.state, RASCAL in opened.committee) == ("OPEN", True)
        name = str(submitted.record["participant"])
        [update] = [one for one in opened.updates if one.participant == name]
        with pytest.raises(RefusedError, match="not entitled"):
            await steal(at_work, update, task, tmp_path / "early")
    [record] = await at_work.assert_sound(await at_work.finished(task))
    assert record.rejected == []
    await steal(at_work, update, task, tmp_path / "late")


async def steal(at_work: AtWork, update: SubmittedUpdate, task: str, folder: Path) -> None:
    """Fetch an update from its provider, as the rascal."""
    provider = await at_work.ledger.participants.get(update.participant)
    artifact = Artifact(digest=update.digest, size=update.size)
    await ArtifactClient(identity(at_work, RASCAL)).fetch(provider, task, artifact, Store(folder))
