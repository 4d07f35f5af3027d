"""Follow a task on the ledger: look, wait for an event that concerns it, look again."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from requester_cli.progress import ENDED, Snapshot
from weftwork.errors import ConnectionFailedError, DeadlineError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Round, RoundRecord, Task
from weftwork.lookup import find_task

# An event wakes the next look. One that was missed (it came while the stream was being opened) is
# made up for by a look after this many seconds.
WITHOUT_EVENT = 15.0

# A peer that restarts is back within this time, in seconds; then the command gives up.
PATIENCE = 120.0
PAUSE = 1.0


@dataclass(frozen=True)
class Look:
    """What was seen last, and what keeps us from seeing more ("" if nothing does)."""

    snapshot: Snapshot
    trouble: str = ""


async def follow(ledger: Ledger, start: Snapshot) -> AsyncGenerator[Look, None]:
    """Look at the task of `start` whenever something happened to it, until it has ended.

    While the peer is away the last snapshot comes again with the trouble; after `PATIENCE` seconds
    that is raised as `ConnectionFailedError` or `DeadlineError`.
    """
    woken = asyncio.Event()
    woken.set()  # something may have happened between `start` and the opening of the stream
    listener = asyncio.create_task(_listen(ledger, start.task.id, woken))
    snapshot = start
    try:
        while not snapshot.ended:
            await _wait(woken, listener)
            async for look in _persistently(ledger, snapshot):
                yield look
                snapshot = look.snapshot
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def look_up(ledger: Ledger, task: str) -> Snapshot:
    """The task `task` as it stands now, or `NotFoundError` with the ids that come close."""
    return await take(ledger, await find_task(ledger, task))


async def take(ledger: Ledger, task: Task, before: Snapshot | None = None) -> Snapshot:
    """The snapshot of `task`; records that `before` has are not read again."""
    known = before.records if before else ()
    if not task.round:
        return Snapshot(task)
    newest = await ledger.rounds.get(task.id, task.round)
    records = await _records(ledger, newest, known)
    over = newest.record is not None or task.state in ENDED
    return Snapshot(task, records, None if over else newest)


async def _records(
    ledger: Ledger, newest: Round, known: tuple[RoundRecord, ...]
) -> tuple[RoundRecord, ...]:
    committed = newest.round if newest.record else newest.round - 1
    if not known and committed > 1:
        return tuple(await ledger.rounds.list(newest.task))[:committed]
    records = list(known)
    for number in range(len(known) + 1, committed + 1):
        round_ = newest if number == newest.round else await ledger.rounds.get(newest.task, number)
        records += [round_.record] if round_.record else []
    return tuple(records)


async def _listen(ledger: Ledger, task: str, woken: asyncio.Event) -> None:
    # What cannot be read may concern the task, too.
    async for event in ledger.events(unreadable=lambda _: woken.set()):
        if event.task == task:
            woken.set()


async def _wait(woken: asyncio.Event, listener: "asyncio.Task[None]") -> None:
    waiting = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait(
            {waiting, listener}, timeout=WITHOUT_EVENT, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        waiting.cancel()
    if listener.done():
        listener.result()  # it only ends by failing: say why
    woken.clear()


async def _persistently(ledger: Ledger, before: Snapshot) -> AsyncGenerator[Look, None]:
    """Looks that say what is wrong until one succeeds."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            yield Look(await take(ledger, await ledger.tasks.get(before.task.id), before))
            return
        except (ConnectionFailedError, DeadlineError):
            if time.monotonic() > give_up:
                raise
            yield Look(before, "no answer from the peer, trying again")
            await asyncio.sleep(PAUSE)
