"""What the node's server answers, over journals and a ledger that the test writes itself."""

import base64
from collections.abc import Container
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from provider_node.directory import Directory
from provider_node.journal import Journal, Journals, MadeUpdate
from provider_node.policy import MAX_PUSHED, TransferPolicy
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
from weftwork.errors import RefusedError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant, Round
from weftwork.signing import update_message

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

    def header(self, name: str, signer: str = "", text: str = "") -> Header:
        made = artifact(text) if text else artifact(f"update of {name} in 1")
        key = self.issued[signer or name].key
        message = update_message(TASK, 1, made.digest)
        signature = base64.b64encode(key.sign(message, ec.ECDSA(hashes.SHA256()))).decode()
        return Header(TASK, 1, Kind.UPDATE, made, signature)

    def note(self, change: Any) -> None:
        self.journals.change(TASK, change)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def peer(name: str) -> Peer:
    return Peer(f"{name}MSP", name)


class TestPushing:
    async def test_each_member_of_the_committee_takes_a_signed_update(self, world: World) -> None:
        for name in NAMES:
            assert await world.node(name).may_push(peer("f2"), world.header("f2"))

    async def test_nobody_else_does(self, world: World) -> None:
        world.rounds = {1: round_(committee=["f2", "f3"], leader="f3")}
        assert await world.node("f3").may_push(peer("f2"), world.header("f2"))
        with pytest.raises(RefusedError, match="f1 is not on the committee of round 1"):
            await world.node("f1").may_push(peer("f2"), world.header("f2"))

    async def test_a_signature_by_another_is_refused(self, world: World) -> None:
        with pytest.raises(RefusedError) as caught:
            await world.node().may_push(peer("f2"), world.header("f2", signer="f3"))
        assert caught.value.code == "BAD_SIGNATURE"

    async def test_who_is_not_registered_is_refused(self, world: World) -> None:
        with pytest.raises(RefusedError, match="is not registered"):
            await world.node().may_push(Peer("f1MSP", "f2"), world.header("f2"))

    async def test_a_refusal_rests_on_a_fresh_view(self, world: World) -> None:
        world.rounds = {1: round_(committee=["f3"], leader="f3")}
        world.fresh = round_(committee=["f1"])
        assert await world.node().may_push(peer("f2"), world.header("f2"))
        world.fresh = None
        with pytest.raises(RefusedError, match="f1 is not on the committee of round 1"):
            await world.node().may_push(peer("f2"), world.header("f2"))
        assert world.ages[-1] < 1

    async def test_one_participant_cannot_fill_the_disk(self, world: World) -> None:
        node = world.node()
        for number in range(MAX_PUSHED):
            assert await node.may_push(peer("f2"), world.header("f2", text=f"try {number}"))
        assert await node.may_push(peer("f2"), world.header("f2", text="try 0")), "a repetition"
        with pytest.raises(RefusedError, match="has pushed 4 updates for round 1"):
            await node.may_push(peer("f2"), world.header("f2", text="once more"))
        assert await node.may_push(peer("f3"), world.header("f3")), "others are not concerned"

    async def test_an_archive_takes_what_its_own_organisation_begins_with(
        self, world: World
    ) -> None:
        for kind in (Kind.INITIAL_MODEL, Kind.VALIDATION):
            header = Header("digits-2", 0, kind, INITIAL)
            assert await world.node("archive", "archive").may_push(REQUESTER, header)
            assert not await world.node("archive", "archive").may_push(peer("f2"), header)
            assert not await world.node().may_push(peer("f1"), header), "f1 is no archive"
        assert world.journals.load("digits-2").knows(INITIAL.digest)


class TestAnUpdateOfAnother:
    """A member gives it on to another member: the provider may have gone away."""

    async def test_that_came_here_in_its_round_is_given_on(self, world: World) -> None:
        header = world.header("f2")
        assert await world.node(held=frozenset()).may_push(peer("f2"), header)
        world.rounds = {1: round_(by=["f2"])}
        assert await world.node().may_fetch(peer("f3"), TASK, header.artifact.digest)
        assert not await world.node().may_fetch(Peer("XMSP", "x"), TASK, header.artifact.digest)

    async def test_that_was_here_before_is_not(self, world: World) -> None:
        """Its provider may have named what came here by way of another task."""
        header = world.header("f2")
        assert await world.node().may_push(peer("f2"), header)
        world.rounds = {1: round_(by=["f2"])}
        assert not await world.node().may_fetch(peer("f3"), TASK, header.artifact.digest)


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
        world.rounds[2] = round_(2, base=artifact("aggregate"), by=["f2"], committee=["f1"])
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
        world.rounds = {1: round_(committee=["f3"], by=["f1"]), 2: round_(2, committee=["f2"])}
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
