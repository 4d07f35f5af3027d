"""One task, followed: look, take the step that is owed, look again."""

import asyncio
import time
from dataclasses import replace

import structlog

from provider_node.backoff import LONGEST_SECONDS, Backoff
from provider_node.duties import Owed, owed
from provider_node.site import Site
from provider_node.steps import Collect, Step, Train
from provider_node.view import View
from provider_node.work import failure_of, perform
from weftwork.errors import WeftworkError

__all__ = ["Follower"]

log = structlog.get_logger(__name__)

# An update that could not be had so often is out of reach, until it comes by itself.
ATTEMPTS = 3
LOOKING = "look"
# What one of several may do is done by the first in order; each of the others waits so much longer.
SHARED_SECONDS = 2.0


class Follower:
    """What this node does for one task, step by step, until nothing will ever be owed again.

    A step that fails is tried again after a while; other steps, and other tasks, do not wait.
    """

    def __init__(self, site: Site, task: str, turns: asyncio.Semaphore) -> None:
        self._site = site
        self._task = task
        self._turns = turns
        self._backoff = Backoff()
        self._woken = asyncio.Event()
        self._failures: dict[int, str] = {}  # by round: why training was given up
        self._waiting: dict[tuple[int, int, str], float] = {}  # since when, by round, term and name

    def wake(self) -> None:
        """Something happened: look at once."""
        self._site.snapshots.outdate(self._task)
        self._woken.set()

    async def run(self) -> None:
        """Follow the task to its end. Raises nothing but cancellation."""
        structlog.contextvars.bind_contextvars(task=self._task)
        while True:
            answer = await self._look()
            if answer is None:
                await self._rest(Owed(), LOOKING)
                continue
            view, now_owed = answer
            if now_owed.done:
                return
            step = next((one for one in now_owed.steps if self._backoff.ready(one)), None)
            if step is None:
                await self._rest(now_owed)
            else:
                await self._take(view, now_owed, step)

    async def _look(self) -> tuple[View, Owed] | None:
        """The view and what it owes; None where the ledger cannot be read now."""
        self._woken.clear()  # first: what happens while we read is to be looked at, too
        try:
            view = await self._view()
        except WeftworkError as error:
            self._failed(LOOKING, error)
            return None
        except Exception:  # of a mistake of ours, too, the other tasks must not suffer
            log.exception("failed", retry_in=self._backoff.failed(LOOKING))
            return None
        now_owed = owed(view)
        self._backoff.only(now_owed.steps)
        for step in now_owed.steps:
            if step.shared and view.newest:
                self._backoff.defer(step, SHARED_SECONDS * view.position)
        return view, now_owed

    async def _view(self) -> View:
        site = self._site
        snapshot = await site.snapshots.get(self._task)
        task, newest = snapshot.task, snapshot.newest
        updates = newest.updates if newest else []
        now_ms = time.time_ns() // 1_000_000
        away = {one.participant for one in updates if self._in_vain(task.round, one.participant)}
        view = View(
            me=site.me,
            task=task,
            newest=newest,
            journal=site.journals.load(self._task),
            held=site.held,
            now_ms=now_ms,
            suitable=await site.suits(task),
            retired=await site.directory.retired(),
            out_of_reach=frozenset(away),
            failure=self._failures.get(newest.round, "") if newest else "",
        )
        return replace(view, waited_ms=self._waited(view))

    def _waited(self, view: View) -> dict[str, int]:
        """For how many milliseconds this node has seen the round wait for whom."""
        bench, now = view.bench if view.newest else None, time.monotonic()
        if bench is None:
            self._waiting = {}
            return {}
        keys = [(view.round.round, bench.term.term, name) for name in bench.owing]
        self._waiting = {key: self._waiting.get(key, now) for key in keys}
        return {key[2]: int(1000 * (now - since)) for key, since in self._waiting.items()}

    def _in_vain(self, round_number: int, participant: str) -> bool:
        return self._backoff.failures(Collect(round_number, participant)) >= ATTEMPTS

    async def _take(self, view: View, now_owed: Owed, step: Step) -> None:
        """Do the step, and note how it went."""
        with structlog.contextvars.bound_contextvars(**about(step)):
            try:
                if isinstance(step, Train):
                    await self._while_owed(view, now_owed, step)
                else:
                    async with self._turns:
                        await perform(self._site, view, step)
            except step.hopeless as error:
                self._backoff.give_up(step)
                if isinstance(step, Train):
                    self._failures = {step.round: failure_of(error)}
                log.error("given up, until the next round or start", reason=str(error))
            except WeftworkError as error:
                self._failed(step, error)
            except Exception:
                # A mistake in one step must not end the node, nor what it does for other tasks.
                seconds = self._backoff.failed(step, step.longest_seconds)
                log.exception("step failed", retry_in=seconds)
        if step.writes_ledger:
            self._site.snapshots.outdate(self._task)

    async def _while_owed(self, view: View, now_owed: Owed, step: Step) -> None:
        """Do a long step, but give it up once nobody waits for it any more."""
        job = asyncio.create_task(perform(self._site, view, step))
        try:
            until_ms = now_owed.look_again_ms
            while not await self._done_before_rested(job, until_ms):
                answer = await self._look()
                until_ms = answer[1].look_again_ms if answer else None
                if answer and step not in answer[1].steps and not job.done():
                    log.info("given up: it is no longer owed")
                    return
            await job
        finally:
            job.cancel()
            await asyncio.wait([job])

    async def _done_before_rested(self, job: asyncio.Task[None], until_ms: int | None) -> bool:
        resting = asyncio.create_task(self._rest(Owed(look_again_ms=until_ms), LOOKING))
        try:
            await asyncio.wait([job, resting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            resting.cancel()
        return job.done()

    async def _rest(self, answer: Owed, *keys: Step | str) -> None:
        """Sleep until woken, until something may be tried again, or until it is time to look."""
        poll = self._site.config.poll_seconds
        waits = [poll, self._backoff.seconds_until(*answer.steps, *keys)]
        if answer.look_again_ms is not None:
            waits.append(answer.look_again_ms / 1000 - time.time())
        try:
            async with asyncio.timeout(max(min(waits), 0)):
                await self._woken.wait()
        except TimeoutError:
            if min(waits) == poll:
                self._site.snapshots.outdate(self._task)

    def _failed(self, key: Step | str, error: WeftworkError) -> None:
        longest = LONGEST_SECONDS if isinstance(key, str) else key.longest_seconds
        seconds = self._backoff.failed(key, longest)
        self._site.snapshots.outdate(self._task)
        log.warning("failed", reason=str(error), retry_in=round(seconds, 1))


def about(step: Step) -> dict[str, str | int]:
    """What each line that the log has of a step says of it."""
    number = getattr(step, "round", 0)
    named: dict[str, str | int] = {"step": type(step).__name__}
    return {"round": number, **named} if number else named
