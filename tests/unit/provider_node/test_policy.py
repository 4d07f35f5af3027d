"""What the node's server answers, over journals and a ledger that the test writes itself."""

from collections.abc import Container
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from provider_node.directory import Directory
from provider_node.journal import Journal, Journals, MadeUpdate
from provider_node.policy import TransferPolicy
from provider_node.snapshots import Snapshot, Snapshots
from provider_node.view import Me
from tests.unit.artifacts.authority import Authority
from tests.unit.provider_node.worlds import (
    INITIAL,
    NAMES,
    artifact,
    digest,
    record,
    round_,
    task,
    update,
)
from weftwork.artifacts import Header, Kind, Peer
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant, Round

TASK = "digits-1"
REQUESTER = Peer("ReqMSP", "requester.req")


class Everything(Container[str]):
    """A store that lacks nothing."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING = Everything()


class World:
    """Participants f1 to f3 with real certificates; one task, whose rounds a test may replace."""

    def __init__(self, folder: Path) -> None:
        self.issued = {name: Authority(f"{name}MSP", folder / name).issue(name) for name in NAMES}
        self.task, self.rounds = task(), {1: round_()}
        self.journals = Journals(folder / "journals")
        self.fresh: Round | None = None
        self.ages: list[float] = []

    def node(
        self, name: str = "f1", role: str = "provider", held: Container[str] = EVERYTHING
    ) -> TransferPolicy:
        msp_id = "ReqMSP" if role == "archive" else f"{name}MSP"
        ledger = SimpleNamespace(msp_id=msp_id, rounds=SimpleNamespace(get=self.round))
        return TransferPolicy(
            Me(name, role),
            cast("Ledger", ledger),
            cast("Directory", SimpleNamespace(find=self.find)),
            cast("Snapshots", SimpleNamespace(get=self.snapshot)),
            self.journals,
            held,
        )

    async def round(self, name: str, number: int) -> Round:
        return self.rounds[number]

    async def snapshot(self, name: str, age: float) -> Snapshot:
        """The newest round; a `fresh` one only to who insists."""
        self.ages.append(age)
        newest = self.rounds[max(self.rounds)]
        return Snapshot(self.task, self.fresh if self.fresh and age < 1 else newest, 0.0)

    async def find(self, msp_id: str, common_name: str) -> Participant | None:
        if common_name not in NAMES or msp_id != f"{common_name}MSP":
            return None
        certificate = self.issued[common_name].pem.decode()
        return Participant(
            name=common_name,
            msp_id=msp_id,
            common_name=common_name,
            role="provider",
            certificate=certificate,
        )

    def note(self, change: Any) -> None:
        self.journals.change(TASK, change)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def peer(name: str) -> Peer:
    return Peer(f"{name}MSP", name)


class TestPushing:
    async def test_an_archive_takes_what_its_own_organisation_begins_with(
        self, world: World
    ) -> None:
        for kind in (Kind.INITIAL_MODEL, Kind.VALIDATION):
            header = Header("digits-2", kind, INITIAL)
            assert await world.node("archive", "archive").may_push(REQUESTER, header)
            assert not await world.node("archive", "archive").may_push(peer("f2"), header)
            assert not await world.node().may_push(peer("f1"), header), "f1 is no archive"
        assert world.journals.load("digits-2").knows(INITIAL.digest)


class TestAnUpdate:
    async def test_is_given_to_no_member_before_the_round_is_closed(self, world: World) -> None:
        world.note(lambda old: old.with_update(1, MadeUpdate(update=update("f1"))))
        world.rounds = {1: round_(by=["f1"])}
        assert not await world.node().may_fetch(peer("f2"), TASK, update("f1").digest)
        assert world.ages[-1] < 1, "a refusal rests on a fresh view"
        world.fresh = round_(state="EVALUATING", by=["f1"])
        assert await world.node().may_fetch(peer("f2"), TASK, update("f1").digest)
        assert not await world.node().may_fetch(REQUESTER, TASK, update("f1").digest)

    async def test_of_another_is_given_on_to_another_member(self, world: World) -> None:
        """Its provider may have gone away meanwhile."""
        world.note(lambda old: old.with_received(1, update("f2").digest))
        world.rounds = {1: round_(state="EVALUATING", by=["f2"])}
        assert await world.node().may_fetch(peer("f3"), TASK, update("f2").digest)
        assert not await world.node().may_fetch(Peer("XMSP", "x"), TASK, update("f2").digest)

    async def test_of_ours_is_not_given_to_who_submitted_its_digest(self, world: World) -> None:
        """Before we did, and without the bytes: a peer sees what it is asked to endorse."""
        world.note(lambda old: old.with_update(1, MadeUpdate(update=update("f1"))))
        closed = round_(state="EVALUATING", by=["f2"])
        stolen = closed.updates[0].model_copy(update={"digest": update("f1").digest})
        world.rounds = {1: closed.model_copy(update={"updates": [stolen]})}
        assert not await world.node().may_fetch(peer("f2"), TASK, update("f1").digest)
        assert not await world.node().may_fetch(peer("f3"), TASK, update("f1").digest)

    async def test_that_was_here_before_is_not(self, world: World) -> None:
        """Its provider may have named what came here by way of another task."""
        world.rounds = {1: round_(state="EVALUATING", by=["f2"])}
        assert not await world.node().may_fetch(peer("f3"), TASK, update("f2").digest)


class TestFetching:
    async def test_what_came_by_way_of_the_task_is_given_to_who_may_have_it(
        self, world: World
    ) -> None:
        world.note(lambda old: old.with_given(INITIAL.digest))
        assert await world.node().may_fetch(peer("f2"), TASK, INITIAL.digest)
        assert await world.node().may_fetch(REQUESTER, TASK, INITIAL.digest)
        assert not await world.node().may_fetch(Peer("XMSP", "x"), TASK, INITIAL.digest)

    async def test_what_came_by_way_of_another_task_is_not(self, world: World) -> None:
        """Who publishes a task may name any digest in it: another task's secrets, for example."""
        other = Journal(task="other").with_given(INITIAL.digest)
        world.journals.change("other", lambda _: other)
        assert not await world.node().may_fetch(peer("f2"), TASK, INITIAL.digest)
        assert not await world.node().may_fetch(REQUESTER, TASK, INITIAL.digest)

    async def test_what_the_ledger_says_it_made_is_given_though_the_journal_is_lost(
        self, world: World
    ) -> None:
        seats = ["f1", "f2"]
        made = record(outcome="CONTINUE", committee=seats)
        done = round_(state="COMMITTED", by=["f1"], committee=seats, record=made)
        world.rounds = {1: done, 2: round_(2, base=artifact("aggregate"), by=["f1"])}
        assert await world.node().may_fetch(peer("f2"), TASK, digest("aggregate"))
        assert not await world.node("f3").may_fetch(peer("f2"), TASK, digest("aggregate"))
        own = update("f2", 2).digest
        closed = round_(2, state="EVALUATING", by=["f2"], committee=["f1"])
        world.rounds[2] = closed.model_copy(update={"base": artifact("aggregate")})
        assert await world.node("f2").may_fetch(peer("f1"), TASK, own)
        assert not await world.node("f3").may_fetch(peer("f1"), TASK, own)

    async def test_what_is_not_here_costs_no_look_at_the_ledger(self, world: World) -> None:
        assert not await world.node(held=()).may_fetch(peer("f2"), TASK, INITIAL.digest)
        assert world.ages == []

    async def test_an_archive_gives_what_its_task_began_with_though_the_journal_is_lost(
        self, world: World
    ) -> None:
        archive = world.node("archive", "archive")
        assert await archive.may_fetch(peer("f2"), TASK, INITIAL.digest)
        assert not await archive.may_fetch(Peer("XMSP", "x"), TASK, INITIAL.digest)
        assert not await archive.may_fetch(peer("f2"), TASK, digest("something else"))

    async def test_an_old_update_is_given_to_the_committee_of_its_round(self, world: World) -> None:
        old = round_(state="COMMITTED", committee=["f3"], by=["f1"])
        world.rounds = {1: old, 2: round_(2, committee=["f2"])}
        world.note(lambda old: old.with_update(1, MadeUpdate(update=update("f1"))))
        assert await world.node().may_fetch(peer("f3"), TASK, update("f1").digest)
        assert not await world.node().may_fetch(peer("f2"), TASK, update("f1").digest)

    async def test_an_old_model_is_given_to_participants(self, world: World) -> None:
        done = round_(state="COMMITTED", record=record(outcome="CONTINUE"))
        world.rounds = {1: done, 2: round_(2, base=artifact("aggregate")), 3: round_(3)}
        world.note(lambda old: old.with_kept(1, digest("aggregate")))
        assert await world.node().may_fetch(peer("f2"), TASK, digest("aggregate"))
        assert not await world.node().may_fetch(Peer("XMSP", "x"), TASK, digest("aggregate"))

    async def test_a_task_that_cannot_be_gives_no_right(self, world: World) -> None:
        assert not await world.node().may_fetch(REQUESTER, "../../etc/passwd", INITIAL.digest)
