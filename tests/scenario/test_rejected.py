"""A provider that hands in rubbish: its round goes on without it, and says so."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.contract.committee import caught_up
from tests.scenario.consortium_at_work import AtWork, open_ledger
from weftwork.artifacts import ArtifactClient, Header, Kind
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Ledger
from weftwork.ledger.records import Artifact, Join, Round, Update

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
    await hand_in(at_work, rascal, newest, tmp_path / "rubbish")

    finished = await at_work.finished(task)
    (record,) = await at_work.assert_sound(finished)
    assert [(one.participant, one.reason) for one in record.rejected] == [(RASCAL, "malformed")]
    assert record.contributors == ["factory1", "factory2"]
    # It was to judge the others' updates, too.
    assert [(one.participant, one.fault) for one in record.faults] == [(RASCAL, "unavailable")]


async def hand_in(at_work: AtWork, rascal: Ledger, opened: Round, file: Path) -> None:
    """Push the rubbish as a real node would, and submit its digest."""
    file.write_bytes(RUBBISH)
    signature = rascal.sign_update(opened.task, opened.round, ARTIFACT.digest)
    identity = at_work.consortium.home.site(RASCAL).identity("node")
    header = Header(opened.task, opened.round, Kind.UPDATE, ARTIFACT, signature)
    client = ArtifactClient(load_yaml(identity.connection, Connection))
    for name in opened.committee:
        if name != RASCAL:
            await client.push(await rascal.participants.get(name), header, file)
    update = Update(
        digest=ARTIFACT.digest,
        size=ARTIFACT.size,
        samples=400,
        base_digest=opened.base.digest,
        signature=signature,
    )
    await rascal.rounds.submit_update(opened.task, opened.round, update)
