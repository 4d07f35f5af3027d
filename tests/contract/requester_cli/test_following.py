"""`list-tasks`, `show-task`, `watch`, `cancel-task`: what a task did, and what it does now."""

import asyncio
import json
import os
import re
import signal
import time

from tests.contract.requester_cli.commands import COLUMNS, RequesterCli
from tests.contract.requester_cli.parties import FACTORIES, Parties

KINDS = ["joined", "started", "committed", "committed", "ended"]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


async def test_a_finished_task_is_replayed(run: RequesterCli, finished: str) -> None:
    done = await run("watch", finished, "--json")
    assert done.code == 0
    assert [one["event"] for one in done.documents] == KINDS
    assert [one["record"]["round"] for one in done.documents[2:4]] == [1, 2]
    assert all(one["task"] == finished for one in done.documents)


async def test_lines_for_logs(run: RequesterCli, finished: str) -> None:
    done = await run("watch", finished)
    assert done.code == 0
    lines = done.out.splitlines()
    assert len(lines) == len(KINDS)
    assert all(line.startswith(f"{finished}  ") for line in lines)
    assert "accuracy 90.0 %" in lines[-1]
    assert "\x1b" not in done.out


async def test_rounds_are_followed_as_they_happen(
    run: RequesterCli, parties: Parties, task: str
) -> None:
    await parties.publish(task)
    process = await run.start("watch", task, "--json")
    assert process.stdout is not None

    async def told() -> dict[str, object]:
        assert process.stdout is not None
        async with asyncio.timeout(10):  # well below the look without an event
            document: dict[str, object] = json.loads(await process.stdout.readline())
        return document

    assert (await told())["event"] == "joined"
    await asyncio.sleep(2)  # the stream of events is open by now
    await parties.start(task)
    while (news := await told())["event"] != "round":
        assert news["event"] in ("joined", "started")
    assert (news["stage"], news["missing"]) == ("training", list(FACTORIES))
    for number in (1, 2):
        await parties.submit(task, number, "factory2")
        while (news := await told()).get("missing") != ["factory1", "factory3"]:
            assert news["event"] in ("round", "committed")
        for name in ("factory1", "factory3"):
            await parties.submit(task, number, name)
        await parties.conclude(task, number)
        while (news := await told())["event"] != "committed":
            assert news["event"] == "round"
        assert news["round"] == number
    await parties.finish(task)
    while (news := await told())["event"] != "ended":
        assert news["event"] == "round"
    assert news["state"] == "FINISHED"
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_live_view_of_a_terminal(run: RequesterCli, parties: Parties, task: str) -> None:
    await parties.publish(task)
    process, terminal = await run.start_on_terminal("watch", task)
    shown: list[bytes] = []
    reading = asyncio.create_task(asyncio.to_thread(_read_all, terminal, shown))
    async with asyncio.timeout(60):
        while task.encode() not in b"".join(shown):  # noqa: ASYNC110 - a thread reads
            await asyncio.sleep(0.1)  # it watches before anything happens
    await parties.play(task)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    screen = await reading
    assert "\x1b[1A" in screen  # it was redrawn in place
    assert "\x1b[32mFINISHED" in screen
    final = ESCAPE.sub("", screen).replace("\r", "").rstrip().splitlines()[-10:]
    assert final[0].startswith(f"{task}  Played by hand  FINISHED")
    assert " ".join(final[1].split()) == "round in leader accuracy bytes train judge aggr. tx"
    assert [line.split()[0] for line in final[2:4]] == ["1", "2"]
    assert final[4].split() == ["provider", "added"]
    assert [line.split() for line in final[5:8]] == [[name, "+0.0020"] for name in FACTORIES]
    assert final[-1].startswith("FINISHED after 2 rounds")
    assert all(len(line.rstrip()) <= COLUMNS for line in final)


def _read_all(terminal: int, shown: list[bytes]) -> str:
    """What the terminal shows to its end; `shown` has what it has shown so far."""
    try:
        while chunk := os.read(terminal, 1 << 16):
            shown.append(chunk)
    except OSError:  # the other end was closed: how a terminal says that nothing more comes
        pass
    finally:
        os.close(terminal)
    return b"".join(shown).decode()


async def test_an_interrupt_leaves_cleanly(run: RequesterCli, parties: Parties, task: str) -> None:
    await parties.publish(task)
    process = await run.start("watch", task)
    assert process.stdout is not None
    await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 130
    assert err.strip() == b""  # no word, no traceback


async def test_a_cancelled_task_ends_the_watch_with_11(
    run: RequesterCli, parties: Parties, task: str
) -> None:
    await parties.publish(task)
    process = await run.start("watch", task)
    assert process.stdout is not None
    await process.stdout.readline()
    done = await run("cancel-task", task, "--reason", "wrong data", "--json")
    assert (done.code, done.document["outcome"]) == (0, "recorded")
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 11
    assert "wrong data" in out.decode()
    assert f"task {task} ended without a model: CANCELLED" in err.decode()


async def test_cancelling_again_is_harmless_and_another_reason_refused(
    run: RequesterCli, parties: Parties, task: str
) -> None:
    await parties.publish(task)
    assert (await run("cancel-task", task)).code == 0
    again = await run("cancel-task", task, "--json")
    assert (again.code, again.document["outcome"]) == (0, "already-recorded")
    other = await run("cancel-task", task, "--reason", "another")
    assert other.code == 5
    assert "ALREADY_EXISTS" in other.error


async def test_a_finished_task_is_not_cancelled(run: RequesterCli, finished: str) -> None:
    done = await run("cancel-task", finished)
    assert done.code == 5
    assert "ILLEGAL_TRANSITION" in done.error
    assert "FINISHED" in done.error


async def test_tasks_are_listed_by_state(
    run: RequesterCli, parties: Parties, finished: str, task: str
) -> None:
    await parties.publish(task)
    everything = await run("list-tasks", "--json")
    ids = [one["id"] for one in everything.document["tasks"]]
    assert ids.index(task) < ids.index(finished)  # the newest first
    some = await run("list-tasks", "--state", "finished")
    assert any(line.startswith(finished) and "90.0 %" in line for line in some.out.splitlines())
    assert task not in some.out


async def test_a_task_is_shown_with_its_rounds(run: RequesterCli, finished: str) -> None:
    text, document = await run("show-task", finished), await run("show-task", finished, "--json")
    assert "Played by hand" in text.out
    assert "FINISHED after 2 rounds" in text.out
    assert document.document["task"]["state"] == "FINISHED"
    ended = document.document["task"]["transactions"]["end"]
    assert re.search(rf"^transactions +publish \w+, start \w+, end {ended[:8]}$", text.out, re.M)
    assert [one["round"] for one in document.document["rounds"]] == [1, 2]
    assert document.document["open_round"] is None


async def test_who_takes_part(run: RequesterCli, parties: Parties) -> None:
    done = await run("participants", "--json")
    roles = {one["name"]: one["role"] for one in done.document["participants"]}
    assert {name: roles[name] for name in FACTORIES} == dict.fromkeys(FACTORIES, "provider")
    assert roles["requester.requester"] == "requester"
    text = await run("participants")
    assert re.search(r"^factory1 +provider +Factory1MSP ", text.out, re.MULTILINE)


async def test_an_unknown_task_suggests_the_one_that_was_meant(
    run: RequesterCli, finished: str
) -> None:
    wrong = finished[:-1] + ("0" if finished[-1] != "0" else "1")
    for command in ("show-task", "watch", "fetch-model", "cancel-task"):
        done = await run(command, wrong)
        assert done.code == 6
        assert f"no task '{wrong}'" in done.error
        assert finished in done.error


async def test_what_cannot_be_an_id_is_an_unknown_task_too(run: RequesterCli) -> None:
    done = await run("show-task", "No Such Task")
    assert done.code == 6


async def test_completion_knows_the_tasks(run: RequesterCli, finished: str) -> None:
    words = {
        "COMP_WORDS": f"requester_cli watch {finished[:-2]}",
        "COMP_CWORD": "2",
        "_REQUESTER_CLI_COMPLETE": "bash_complete",
    }
    for key, value in words.items():
        os.environ[key] = value
    try:
        started = time.monotonic()
        done = await run()
        assert time.monotonic() - started < 10
    finally:
        for key in words:
            del os.environ[key]
    assert done.out.split() == [f"plain,{finished}"]
