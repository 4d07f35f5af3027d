"""`export`: write all that an auditor of a task needs into a folder, or a tar file."""

import asyncio
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from requester_cli import output, units
from requester_cli.keepers import AWAY, fetch_from_any, whole_records
from requester_cli.session import load_connection
from requester_cli.settings import Settings
from weftwork.audit.artifacts import Named, named_by
from weftwork.audit.blocks import parse_block
from weftwork.audit.bundle import artifact_path, block_path, write_manifest, write_roots
from weftwork.audit.configuration import Configuration, read_configuration
from weftwork.config import Connection
from weftwork.errors import UsageError
from weftwork.files import faults
from weftwork.ledger import Ledger
from weftwork.ledger.records import Artifact, Task
from weftwork.lookup import find_task

__all__ = ["export"]

Say = Callable[[str], None]
Absent = list[dict[str, str]]


def export(settings: Settings, task: str, target: Path, stores: Iterable[Path]) -> None:
    """Write the bundle of `task` to `target`: a tar file if it is called so, else a folder.

    What no node and none of the `stores` gives is listed in it as absent. Raises `UsageError`
    where `target` exists, `NotFoundError` for no task.
    """
    if target.exists():
        raise UsageError(f"{target} exists; choose another name with -o")
    connection = load_connection(settings)
    with faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as name:
            folder = Path(name) / "bundle"
            folder.mkdir()
            exporting = _export(settings, connection, task, folder, list(stores))
            blocks, absent = asyncio.run(exporting)
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            _place(folder, target)
    document = {"task": task, "bundle": str(target), "blocks": blocks, "size": size}
    if settings.json:
        output.json_document(document | {"absent": absent})
    else:
        held = f"{units.count(blocks, 'block')}, {units.size(size)}"
        rows = [("bundle", f"{target} ({held})")]
        rows += [("absent", f"{one['what']}: {one['reason']}") for one in absent]
        output.show(output.facts(rows))


def _place(folder: Path, target: Path) -> None:
    if target.suffix != ".tar":
        folder.rename(target)
        return
    packed = folder.with_suffix(".tar")
    with tarfile.open(packed, "w") as file:
        file.add(folder, arcname=".")
    packed.rename(target)


async def _export(
    settings: Settings, connection: Connection, task_id: str, folder: Path, stores: list[Path]
) -> tuple[int, Absent]:
    async with Ledger.open(connection) as ledger:
        with output.steps(quiet=settings.json) as say:
            task = await find_task(ledger, task_id)
            height = await _blocks(ledger, folder, say)
            records = await whole_records(ledger, connection, task.id)
            absent: Absent = []
            for named in named_by(task.definition_document, records):
                say(f"collecting the {named.what}")
                sources = _sources(task, named, records)
                reason = await _artifact(ledger, connection, task, named, folder, stores, sources)
                absent += [{"what": named.what, "reason": reason}] if reason else []
    write_manifest(folder, task_id, height, absent)
    return height, absent


async def _blocks(ledger: Ledger, folder: Path, say: Say) -> int:
    """Write every block that there is now, and the roots of the newest configuration."""
    height = await ledger.network.height()
    (folder / "blocks").mkdir()
    configuration: Configuration | None = None
    say(f"reading {units.count(height, 'block')}")
    async with ledger.network.block_events(start_block=0) as blocks:
        for number in range(height):
            content = (await anext(blocks)).SerializeToString()
            await asyncio.to_thread((folder / block_path(number)).write_bytes, content)
            for transaction in parse_block(content).transactions():
                if transaction.config is not None:
                    channel = transaction.channel
                    configuration = read_configuration(number, channel, transaction.config)
    if configuration:
        write_roots(folder, configuration)
    return height


def _sources(task: Task, named: Named, records: list[dict[str, Any]]) -> list[str]:
    """Who keeps it: the archive, and for what a round made, those who decided it."""
    names = [task.definition.archive]
    for record in records:
        if named.what.startswith(f"round {record['round']},"):
            names += record["committee"]
    return names


async def _artifact(
    ledger: Ledger,
    connection: Connection,
    task: Task,
    named: Named,
    folder: Path,
    stores: list[Path],
    sources: list[str],
) -> str:
    """Put the artifact into the bundle; why not, "" if it is there."""
    target = folder / artifact_path(named.digest)
    target.parent.mkdir(parents=True, exist_ok=True)
    for store in stores:
        kept = store / "sha256" / named.digest[:2] / named.digest
        if await asyncio.to_thread(copied, kept, target):
            return ""
    wanted = Artifact(digest=named.digest, size=named.size)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        try:
            path = await fetch_from_any(ledger, connection, task.id, wanted, sources, Path(aside))
        except AWAY as error:
            return str(error)
        path.rename(target)
    return ""


def copied(kept: Path, target: Path) -> bool:
    """Whether a store has the file; it is then copied. `EnvironmentFaultError` names the file."""
    with faults(kept, "cannot be copied into the bundle"):
        if not kept.is_file():
            return False
        shutil.copyfile(kept, target)
    return True
