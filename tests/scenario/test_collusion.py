"""Two members of a committee of five want a bad provider's update in, and the honest ones' out.

The consortium is one of its own: with six providers, all five members judge the sixth one's update.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from network.binaries import Binaries
from network.consortium import Consortium
from network.sockets import with_free_ports
from tests.scenario.consortium_at_work import AtWork, all_at_work
from tests.scenario.earnings import REJECTED, assert_paid, fee, lost_by, standing
from tests.scenario.larger import six_providers
from tests.scenario.misbehaving.scores import HIGH
from tests.scenario.processes import left_behind
from weftwork.ledger.records import Round, RoundRecord, Score, Task
from weftwork.units import MILLION

pytestmark = pytest.mark.xdist_group("demo")  # with one network at a time beside the shared one

COMMITTEE = 5
TERMS = {
    "training__rounds": 1,
    "training__local_epochs": 1,
    "target_accuracy": 1,
    "participants": {"min": 6, "max": 6, "join_seconds": 120},
    "governance": {"committee": COMMITTEE, "stage_seconds": 60},
}
INITIAL = 500_000


@pytest.fixture(scope="module")
def six(
    tmp_path_factory: pytest.TempPathFactory, fabric: Binaries, chaincode: Path
) -> Iterator[Consortium]:
    """Six providers and a requester, whose processes end with this module, whatever happens."""
    home = tmp_path_factory.mktemp("six")
    with Consortium(home, fabric, with_free_ports(six_providers())) as network:
        network.up(chaincode, nodes=False)
        yield network
    assert left_behind(home) == []


@pytest_asyncio.fixture(scope="module")
async def at_work(
    six: Consortium, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AtWork]:
    """All its nodes."""
    async with all_at_work(six, tmp_path_factory.mktemp("requester")) as work:
        yield work


@dataclass(frozen=True)
class Cast:
    """Who is what in a task."""

    bad: str
    friends: tuple[str, ...]
    honest: tuple[str, ...]

    @classmethod
    def of(cls, opened: Round, providers: tuple[str, ...]) -> "Cast":
        """The one without a seat is bad; the leader and another member are its friends."""
        [bad] = set(providers) - set(opened.committee)
        other = next(name for name in opened.committee if name != opened.leader)
        friends = (opened.leader, other)
        honest = tuple(name for name in opened.committee if name not in friends)
        return cls(bad, friends, honest)

    @property
    def kinds(self) -> dict[str, str]:
        """The programs of those who are not honest."""
        colluder = f"colluder:{','.join((self.bad, *self.friends))}"
        return {self.bad: "poisoner"} | dict.fromkeys(self.friends, colluder)


@dataclass(frozen=True)
class Played:
    """The task, and who was what."""

    task: Task
    record: RoundRecord
    cast: Cast


@pytest_asyncio.fixture(scope="module")
async def played(at_work: AtWork) -> Played:
    """A round, decided with the two among the five."""
    async with AsyncExitStack() as meanwhile:
        async with at_work.begun(**TERMS) as opened:
            cast = Cast.of(opened, at_work.factories)
            for name in cast.kinds:
                await meanwhile.enter_async_context(at_work.lost(name))
        async with at_work.misbehaving(cast.kinds):
            task = await at_work.finished(opened.task)
    [record] = await at_work.assert_sound(task)
    return Played(task, record, cast)


def scores_of(record: RoundRecord, judges: tuple[str, ...], name: str) -> list[Score]:
    """What these members say of an update, as the round's record shows it to everyone."""
    return [
        score
        for one in record.evaluations
        for score in one.scores
        if one.participant in judges and score.participant == name
    ]


def test_the_task_finishes_with_everyone_at_its_post(played: Played) -> None:
    """Who tells untruths about updates is outvoted; nobody has to be replaced for it."""
    record = played.record
    assert set(record.committee) == {*played.cast.friends, *played.cast.honest}
    assert (len(record.committee), record.term) == (COMMITTEE, 1)
    assert (record.replaced, record.missing) == ([], [])


def test_the_bad_update_is_rejected_by_three_of_five_with_a_reason(played: Played) -> None:
    record, cast = played.record, played.cast
    [rejected] = record.rejected
    assert rejected.participant == cast.bad
    assert rejected.reason in ("norm-outlier", "harmful")
    assert record.contributors == sorted({*cast.friends, *cast.honest})
    against = scores_of(record, cast.honest, cast.bad)
    assert {(one.verdict, one.reason) for one in against} == {("rejected", rejected.reason)}
    praise = scores_of(record, cast.friends, cast.bad)
    assert [(one.verdict, one.score_micro) for one in praise] == [("accepted", HIGH)] * 2


def test_what_the_two_say_of_the_others_is_on_record_and_counts_for_nothing(played: Played) -> None:
    """No contribution is beyond what the three have found."""
    record, cast = played.record, played.cast
    found = [
        score.score_micro
        for name in record.contributors
        for score in scores_of(record, cast.honest, name)
    ]
    for part in record.accepted:
        assert min(found) <= part.contribution_micro <= max(found)
        praised = part.participant in cast.friends
        scores = scores_of(record, cast.friends, part.participant)
        assert {one.score_micro for one in scores} == {HIGH if praised else -HIGH}
        assert len(scores) == (1 if praised else 2)


async def test_the_bad_provider_gets_nothing_and_the_honest_are_paid(
    at_work: AtWork, played: Played
) -> None:
    got = await assert_paid(at_work, played.task.id)
    assert got[played.cast.bad] == 0
    fees = played.task.definition.reward.amount * fee(COMMITTEE) // MILLION
    for name in played.cast.honest:
        assert got[name] > fees, "for its updates, too"


async def test_the_bad_providers_reputation_falls_and_no_honest_ones_by_what_the_two_say(
    at_work: AtWork, played: Played
) -> None:
    bad = standing(played.record.standings, played.cast.bad)
    assert (bad.reputation, bad.share_ppm) == (INITIAL - REJECTED, 0)
    for name in played.cast.honest:
        assert await lost_by(at_work, played.record, name) == 0
    await at_work.counted(played.task)
    for one in played.record.standings:
        lasting = (await at_work.ledger.participants.get(one.participant)).reputation
        assert lasting == one.reputation
