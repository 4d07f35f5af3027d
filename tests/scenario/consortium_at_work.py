"""A whole consortium at work: real nodes under the real supervisor, and a requester beside them."""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from network.consortium import Consortium
from network.programs import Program
from weftwork.config import Connection, load_yaml
from weftwork.errors import DeadlineError, NotFoundError, WeftworkError
from weftwork.ledger import Ledger, LedgerEvent
from weftwork.ledger.records import Balance, Round, RoundRecord, Task

T = TypeVar("T")

REPOSITORY = Path(__file__).parents[2]
TASK = Path(__file__).parent / "task.yaml"
FACTORIES = ("factory1", "factory2", "factory3")
EVERYONE = ("requester", *FACTORIES)
PATIENCE_SECONDS = 240.0
DEPOSIT, UNIT = 1_000_000, "credit"


class AtWork:
    """What the tests do with a consortium whose nodes run. `ledger` is the requester's."""

    def __init__(self, consortium: Consortium, ledger: Ledger, folder: Path) -> None:
        self.consortium = consortium
        self.ledger = ledger
        self.folder = folder
        nodes = {one.name: one.node for one in consortium.topology.organisations}
        self.everyone = tuple(nodes)
        self.factories = tuple(name for name, node in nodes.items() if node.role == "provider")
        # What each account had just before a task was published.
        self.money_before: dict[str, dict[str, Balance]] = {}
        self._events: list[LedgerEvent] = []
        self._heard = asyncio.Condition()

    async def start(self, *organisations: str) -> None:
        """Start nodes, and wait until they listen and the ledger has their endpoints."""
        self.consortium.start(*(f"{name}.node" for name in organisations))
        for name in organisations:
            await self.until(partial(self._listens, name), f"{name} listens")

    def stop(self, *organisations: str) -> None:
        self.consortium.stop(*(f"{name}.node" for name in organisations))

    async def _listens(self, name: str) -> bool:
        node = self.consortium.topology.organisation(name).node
        try:
            recorded = await self.ledger.participants.get(name)
            _, writer = await asyncio.open_connection("127.0.0.1", node.port)
        except (WeftworkError, OSError):
            return False
        writer.close()
        return recorded.endpoint == node.endpoint

    def pid(self, organisation: str) -> int:
        """The process id of an organisation's node."""
        text = (self.consortium.home.run / f"{organisation}.node.pid").read_text()
        return int(text.split()[0])

    @contextmanager
    def paused(self, organisation: str) -> Iterator[None]:
        """A node does nothing at all in the block; what it sent before may still arrive."""
        paused = self.pid(organisation)
        os.kill(paused, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):  # it was killed in the block
                os.kill(paused, signal.SIGCONT)

    @contextmanager
    def resumed(self, organisation: str) -> Iterator[None]:
        """A paused node is at work in the block, and paused again after it."""
        pid = self.pid(organisation)
        os.kill(pid, signal.SIGCONT)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGSTOP)

    @asynccontextmanager
    async def begun_without(
        self, late: str | Callable[[Round], str], **changes: Any
    ) -> AsyncIterator[str]:
        """A task that all have joined, and whose first round finds `late` away.

        `late` is a name, or finds one in the round before anybody has done anything in it. Its node
        is started again when the block ends.
        """
        async with AsyncExitStack() as meanwhile:
            async with self.begun(**changes) as opened:
                away = late if isinstance(late, str) else late(opened)
                await meanwhile.enter_async_context(self.lost(away))
            yield opened.task

    @asynccontextmanager
    async def begun(self, **changes: Any) -> AsyncIterator[Round]:
        """A task's first round, in which no factory does anything before the block ends."""
        with ExitStack() as asleep, self.paused(self.factories[-1]):
            task = await self.publish(**changes)
            # The requester's node would start the task at once.
            with self.paused("requester"):
                with self.resumed(self.factories[-1]):
                    await self.until(partial(self._joined_by_all, task), "all have joined")
                for name in self.factories[:-1]:
                    asleep.enter_context(self.paused(name))
            yield await self.opened(task, 1)

    async def _joined_by_all(self, task: str) -> bool:
        return len((await self.ledger.tasks.get(task)).joined) == len(self.factories)

    async def kill(self, organisation: str) -> None:
        """End a node as a power cut would, and see the supervisor start it again."""
        killed = self.pid(organisation)
        os.kill(killed, signal.SIGKILL)

        async def again() -> bool:
            with suppress(IndexError):  # the file is empty while it is being written
                return self.pid(organisation) != killed
            return False

        await self.until(again, f"{organisation}'s node is started again")

    @asynccontextmanager
    async def lost(self, organisation: str) -> AsyncIterator[None]:
        """A node is killed, and does not come back before the block ends."""
        pid, name = self.pid(organisation), f"{organisation}.node"
        os.kill(pid, signal.SIGSTOP)  # it does not see that it is to stop
        stopped = asyncio.create_task(asyncio.to_thread(self.stop, organisation))
        supervisor = self.consortium._context.supervisor

        async def stopping() -> bool:
            return supervisor.processes()[name].state == "STOPPING"

        await self.until(stopping, f"{name} is being stopped")
        os.kill(pid, signal.SIGKILL)  # the supervisor would start again what it does not stop
        await stopped
        try:
            yield
        finally:
            await self.start(organisation)

    @asynccontextmanager
    async def misbehaving(self, kinds: Mapping[str, str]) -> AsyncIterator[None]:
        """In the block these organisations run programs of `tests.scenario.misbehaving`."""
        context = self.consortium._context
        programs = context.programs()
        try:
            context.supervisor.declare([_misbehaving(program, kinds) for program in programs])
            await self.start(*kinds)
            yield
        finally:
            context.supervisor.declare(programs)
            await self.start(*kinds)

    def log(self, organisation: str) -> str:
        return (self.consortium.home.logs / f"{organisation}.node.log").read_text()

    async def requester_cli(self, *arguments: str) -> dict[str, Any]:
        """Run the requester's command; its JSON."""
        connection = ("--connection", str(self.consortium.home.requester))
        code, answer, said = await self.run("requester_cli", *arguments, "--json", *connection)
        assert code == 0, said
        return answer

    async def shown(self, *arguments: str) -> str:
        """Run the requester's command; what it shows to a person."""
        connection = ("--connection", str(self.consortium.home.requester))
        code, out, said = await self._execute("requester_cli", *arguments, *connection)
        assert code == 0, said
        return out

    async def run(self, module: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Run a program of ours; its exit code, its JSON, and what it said on stderr."""
        code, out, said = await self._execute(module, *arguments)
        return code, json.loads(out or "{}"), said

    async def _execute(self, module: str, *arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    def node_file(self, organisation: str) -> Path:
        """The configuration of an organisation's node."""
        return self.consortium.home.site(organisation).component("node") / "node.yaml"

    def store(self, organisation: str) -> Path:
        """Where an organisation's node keeps what it has, remembers and has spent."""
        return self.node_file(organisation).parent / "store"

    def artifact(self, organisation: str, digest: str) -> Path:
        """The file of an artifact that a node has."""
        return self.store(organisation) / "sha256" / digest[:2] / digest

    async def deposit(self, amount: int) -> None:
        """Have the treasurer pay in for the requester."""
        account = str((await self.requester_cli("register"))["name"])
        treasurer = ("--connection", str(self.consortium.home.treasurer), "--json")
        reference = ("--reference", f"scenario-{secrets.token_hex(6)}")
        code, _, said = await self.run(
            "requester_cli", "deposit", account, str(amount), *reference, *treasurer
        )
        assert code == 0, said

    async def publish(self, **changes: Any) -> str:
        """Publish `task.yaml` with some keys changed (`training__rounds=3`); its id."""
        document = yaml.safe_load(TASK.read_text())
        for key, value in changes.items():
            *path, last = key.split("__")
            place = document
            for part in path:
                place = place[part]
            place[last] = value
        file = self.folder / f"task-{time.monotonic_ns()}.yaml"
        file.write_text(yaml.safe_dump(document))
        money = await self.money()
        task = str((await self.requester_cli("publish-task", str(file)))["task"])
        self.money_before[task] = money
        return task

    async def money(self) -> dict[str, Balance]:
        """What every participant has of the unit in which tasks are paid."""
        everyone = await self.ledger.participants.list()
        accounts = [await self.ledger.accounts.get(one.name) for one in everyone]
        return {one.account: one.of(UNIT) for one in accounts}

    async def opened(self, task: str, number: int) -> Round:
        """A round, once it is open."""

        async def opened() -> Round | None:
            with suppress(NotFoundError):
                return await self.ledger.rounds.get(task, number)
            return None

        return await self.until(opened, f"round {number} of {task} is open")

    async def finished(self, task: str) -> Task:
        """The task, once it is finished; nothing else may become of it."""
        ended = await self.ended(task)
        assert ended.state == "FINISHED", f"{ended.state}: {ended.reason}"
        return ended

    async def ended(self, task: str) -> Task:
        """The task, once it is finished, halted or cancelled."""

        async def ended() -> Task | None:
            found = await self.ledger.tasks.get(task)
            return found if found.state not in ("PUBLISHED", "RUNNING") else None

        return await self.until(ended, f"{task} has ended")

    async def counted(self, task: Task) -> Task:
        """The ended task, once it counts for all reputations: then nobody owes it anything more."""

        async def counted() -> bool:
            return not (await self.ledger.tasks.get(task.id)).uncounted

        await self.until(counted, f"{task.id} is counted")
        return task

    async def until(self, condition: Callable[[], Awaitable[T | None]], what: str) -> T:
        """What `condition` returns, once that is true; it is asked again and again.

        Also where a peer has no time to answer: other networks start on the same machine.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with suppress(DeadlineError):
                if answer := await condition():
                    return answer
            assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:g} s: {what}"
            await asyncio.sleep(0.2)

    async def listen(self) -> None:
        """Collect every event of the ledger, from its first block on, until cancelled."""
        async for event in self.ledger.events(start_block=0):
            async with self._heard:
                self._events.append(event)
                self._heard.notify_all()

    def heard(self, task: str, name: str) -> list[LedgerEvent]:
        """The events `name` of a task so far."""
        return [one for one in self._events if one.task == task and one.name.endswith(f".{name}")]

    async def next_event(self, task: str, name: str, number: int) -> LedgerEvent:
        """The event `name` of a round, past or to come."""

        def found() -> list[LedgerEvent]:
            return [one for one in self.heard(task, name) if one.round == number]

        async with asyncio.timeout(PATIENCE_SECONDS), self._heard:
            await self._heard.wait_for(found)
            return found()[0]

    async def history(self, task: Task) -> Counter[tuple[str, ...]]:
        """How often each thing of a finished task was recorded: event, round, and about what."""
        await self.next_event(task.id, "Finalized", task.round)
        about = ("participant", "term", "accused", "msp_id")
        return Counter(
            (one.name.rpartition(".")[2], str(one.round), *(str(one.record.get(k)) for k in about))
            for one in self._events
            if one.task == task.id
        )

    async def assert_sound(self, task: Task) -> list[RoundRecord]:
        """Every round has each update once, and rests on the one before; its records."""
        records = await self.ledger.rounds.list(task.id)
        history = await self.history(task)
        assert [record.round for record in records] == list(range(1, len(records) + 1))
        base = task.definition.initial_model.digest
        for record in records:
            assert record.base_digest == base
            base = record.digest
        assert set(history.values()) == {1}, (
            f"recorded twice: {[key for key, count in history.items() if count > 1]}"
        )
        assert {key[1:3] for key in history if key[0] == "UpdateSubmitted"} == {
            (str(record.round), update.participant)
            for record in records
            for update in record.submitted
        }
        assert base == task.model.digest
        assert records[-1].outcome == "FINAL"
        return records


def _misbehaving(program: Program, kinds: Mapping[str, str]) -> Program:
    """The program that an organisation's owner runs in the place of its node."""
    organisation, _, component = program.name.partition(".")
    if component != "node" or organisation not in kinds:
        return program
    real = program.command.index("provider_node")
    instead = ("tests.scenario.misbehaving", kinds[organisation])
    return replace(
        program,
        command=(*program.command[:real], *instead, *program.command[real + 1 :]),
        environment=program.environment | {"PYTHONPATH": str(REPOSITORY)},
    )


def the_leader(opened: Round) -> str:
    """Who leads a round; whoever has the highest reputation at that time."""
    return opened.leader


def a_follower(opened: Round) -> str:
    """Somebody for whom the round waits, and who does not lead it."""
    return next(name for name in FACTORIES if name != opened.leader)


@asynccontextmanager
async def all_at_work(consortium: Consortium, folder: Path) -> AsyncIterator[AtWork]:
    """In the block all nodes run, and the requester has money. `folder` is the requester's."""
    async with await open_ledger(consortium, "requester", "requester") as ledger:
        work = AtWork(consortium, ledger, folder)
        listening = asyncio.create_task(work.listen())
        try:
            await work.start(*work.everyone)
            await work.deposit(DEPOSIT)
            yield work
        finally:
            work.stop(*work.everyone)
            listening.cancel()


async def open_ledger(consortium: Consortium, organisation: str, identity: str) -> Ledger:
    """The ledger as one identity of an organisation sees it."""
    path = consortium.home.site(organisation).identity(identity).connection
    return Ledger.open(load_yaml(path, Connection))
