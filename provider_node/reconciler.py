"""All tasks at once: one follower each, found by events, and by looking now and then."""

import asyncio
from collections.abc import Iterator

import structlog

from provider_node.duties import TABLES
from provider_node.follower import Follower
from provider_node.heard import Heard
from provider_node.site import Site
from weftwork.errors import IntegrityError, WeftworkError
from weftwork.ledger import LedgerEvent

__all__ = ["Reconciler"]

log = structlog.get_logger(__name__)

# Steps of different tasks that may be under way together (trainings queue by themselves).
TURNS = 8
# A stream of events that broke for good is opened again after this.
EVENTS_SECONDS = 5
# An event between the first look and the opening of the stream would be missed: look early again.
FIRST_LOOKS = (0, 2, 8, 20)
# A list of all tasks is dear, and events tell of new ones: it is read once in so many polls.
LIST_POLLS = 10


class Reconciler:
    """Keeps a follower for every task that this node may owe something to.

    Events only wake: whatever they say is read from the ledger again.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._turns = asyncio.Semaphore(TURNS)
        self._followers: dict[str, Follower] = {}
        self._over: set[str] = set()
        self._policy = site.policy.version

    async def run(self) -> None:
        """Follow all tasks until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(group))
            group.create_task(self._poll(group))
            group.create_task(self._site.trainers.retire())

    async def _listen(self, group: asyncio.TaskGroup) -> None:
        """Wake the follower of each event's task, for ever."""
        heard = Heard(self._site.config.store / "events.json")
        while True:
            try:
                events = self._site.ledger.events(checkpoint=heard, unreadable=_pass_over)
                async for event in events:
                    self._heard(group, event)
            except WeftworkError as error:
                log.warning("no events", reason=str(error), retry_in=EVENTS_SECONDS)
            await asyncio.sleep(EVENTS_SECONDS)

    def _heard(self, group: asyncio.TaskGroup, event: LedgerEvent) -> None:
        log.debug("heard", event_name=event.name, task=event.task, block=event.block_number)
        if not event.task:
            self._site.directory.outdate()
        elif follower := self._followers.get(event.task):
            follower.wake()
        else:
            self._site.snapshots.outdate(event.task)
            self._follow(group, event.task)

    async def _poll(self, group: asyncio.TaskGroup) -> None:
        """Find the tasks that no event told of, first those that ended while this node was away."""
        for name in self._site.budgets.tasks:
            self._follow(group, name)
        states = [state for role, state in TABLES if role == self._site.me.role]
        for seconds in self._pauses():
            await asyncio.sleep(seconds)
            self._reconsider()
            try:
                for state in states:
                    for task in await self._site.ledger.tasks.list(state):
                        self._follow(group, task.id)
            except WeftworkError as error:
                log.warning("tasks cannot be listed", reason=str(error))

    def _reconsider(self) -> None:
        """Tasks that the policy kept this node from may be allowed by another."""
        if (version := self._site.policy.version) != self._policy:
            self._policy = version
            self._over.clear()

    def _pauses(self) -> Iterator[float]:
        yield from FIRST_LOOKS
        while True:
            yield LIST_POLLS * self._site.config.poll_seconds

    def _follow(self, group: asyncio.TaskGroup, task: str) -> None:
        if task in self._followers or task in self._over:
            return
        follower = self._followers[task] = Follower(self._site, task, self._turns)
        group.create_task(self._until_over(task, follower), name=f"follow {task}")

    async def _until_over(self, task: str, follower: Follower) -> None:
        await follower.run()
        await asyncio.to_thread(self._site.memories.forget, task)
        await asyncio.to_thread(self._site.budgets.forget, task)
        del self._followers[task]
        self._over.add(task)


def _pass_over(error: IntegrityError) -> None:
    """One strange event must not keep us from those after it; the poll finds what it was about."""
    log.warning("event passed over", reason=str(error))
