"""`watch`: a live view on a terminal, lines elsewhere, JSON lines for programs."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.live import Live

from requester_cli import board, lines, output, progress
from requester_cli.follow import Look, follow, look_up
from requester_cli.progress import Snapshot
from requester_cli.session import open_ledger
from requester_cli.settings import Settings
from weftwork.errors import UnfinishedError
from weftwork.ledger import Ledger

# Lines of the screen beside the rounds: heading, table head, open round, notes, the prompt.
FRAME = 8


def watch(settings: Settings, task: str) -> None:
    """Follow `task` to its end; `UnfinishedError` if it ends without a model."""
    asyncio.run(_watch(settings, task))


async def _watch(settings: Settings, task: str) -> None:
    async with open_ledger(settings) as ledger:
        await watch_with(ledger, settings, task)


async def watch_with(ledger: Ledger, settings: Settings, task: str) -> None:
    """As `watch`, over a ledger that is open."""
    start = await look_up(ledger, task)
    console = output.console()
    if settings.json:
        last = await _tell(ledger, start, output.json_line)
    elif console.is_terminal and not console.is_dumb_terminal:
        last = await _show(ledger, start, console)
    else:
        last = await _tell(ledger, start, lambda news: click.echo(lines.line(news)))
    if last.task.state != "FINISHED":
        raise UnfinishedError(f"task {task} ended without a model: {board.ending(last)}")


async def _tell(ledger: Ledger, start: Snapshot, say: Callable[[dict[str, Any]], None]) -> Snapshot:
    """Say the past of the task and then what happens, each once."""
    last = Look(start)
    for document in progress.news(None, start):
        say(document)
    async with aclosing(follow(ledger, start)) as looks:
        async for look in looks:
            if look.trouble and not last.trouble:
                click.echo(f"{start.task.id}  {look.trouble}", err=True)
            for document in progress.news(last.snapshot, look.snapshot):
                say(document)
            last = look
    return last.snapshot


async def _show(ledger: Ledger, start: Snapshot, console: Console) -> Snapshot:
    """Redraw the task in place while it runs; leave the whole of it on the screen at the end."""
    last = Look(start)

    def draw() -> RenderableType:
        rows, now = console.height - FRAME, int(time.time() * 1000)
        return board.whole(last.snapshot, now, rows=rows, note=last.trouble)

    view = Live(console=console, get_renderable=draw, refresh_per_second=4, transient=True)
    with view:
        async with aclosing(follow(ledger, start)) as looks:
            async for look in looks:
                last = look
    console.print(board.whole(last.snapshot, int(time.time() * 1000)))
    return last.snapshot
