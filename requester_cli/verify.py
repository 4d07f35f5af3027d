"""`verify`: an auditor's check of an exported bundle. It asks nobody: all is in the bundle."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from requester_cli import output, units
from requester_cli.settings import Settings
from weftwork.audit import Report, is_bundle, opened
from weftwork.audit import verify as audit
from weftwork.errors import IntegrityError, NotFoundError, UnfinishedError, UsageError
from weftwork.names import did_you_mean

__all__ = ["lines", "require_sound", "verify"]

# What was checked, in a person's words; in the order in which an audit goes.
WORDS = {
    "manifest": "files as they were exported",
    "genesis": "the first block is the one that you named",
    "chain": "blocks that name the hash of the one before, and of their own transactions",
    "orderers": "blocks that a quorum of the orderers signed",
    "blocks": "blocks whose transactions can be read",
    "configuration": "configurations of the channel",
    "roots": "root certificates beside the blocks, as the configuration has them",
    "client": "transactions signed by whom they name, with a chain of certificates to its CA",
    "validity": "transactions that count, or do not, as what they read had changed or not",
    "endorsements": "calls that peers of most organisations signed",
    "treasurers": "deposits, and whose treasurers made them",
    "records": "calls that wrote what the rules say",
    "task": "task whose records can be followed",
    "artifacts": "artifacts that have the digest and size on the ledger",
    "aggregates": "aggregates, recomputed from the updates",
}


def verify(
    settings: Settings,
    task: str,
    bundle: Path,
    stores: Iterable[Path],
    deep: bool,
    genesis: str | None,
    treasurers: Collection[str],
) -> None:
    """Check the bundle and print what was checked; raise what `require_sound` does."""
    if genesis is not None and not re.fullmatch("[0-9a-fA-F]{64}", genesis):
        raise UsageError(f"--genesis: {genesis!r} is no SHA-256: should be 64 hexadecimal digits")
    if not bundle.exists():
        raise NotFoundError(f"{bundle}: no such bundle{_meant(bundle)}")
    with output.steps(quiet=settings.json) as say, opened(bundle, tuple(stores)) as read:
        say(f"checking {units.count(read.blocks, 'block')}")
        report = audit(read, task, deep=deep, genesis=genesis or "", treasurers=treasurers)
    if settings.json:
        output.json_document(report.document())
    else:
        output.show(*lines(report))
    require_sound(report, bundle)


def require_sound(report: Report, bundle: Path) -> None:
    """Raise `IntegrityError` with the first thing that does not hold.

    `UnfinishedError` where all holds, and an aggregate could not be recomputed.
    """
    if report.findings:
        raise IntegrityError(f"{bundle} does not hold: {report.findings[0]}")
    if not report.complete:
        raise UnfinishedError(f"{bundle}: {report.verdict}; --store takes it from a node's store")


def _meant(bundle: Path) -> str:
    """Which of the bundles beside it a person may have meant, or how to get one."""
    beside = bundle.parent.glob("*")
    known = sorted(one.name for one in beside if ".tar" in one.suffixes or is_bundle(one))
    return did_you_mean(bundle.name, known) or "; `requester_cli export` writes one"


def lines(report: Report) -> list[Table | Text]:
    """What was checked, what is absent, and what does not hold."""
    counts = output.table(("checks", "right"), ("of", "left"))
    counts.columns[1].no_wrap = False
    for rule, words in WORDS.items():
        if report.checked[rule]:
            counts.add_row(str(report.checked[rule]), words)
    parts: list[Table | Text] = [counts]
    parts += [
        Text(f"treasurers of {msp} paid in {amount} {unit}")
        for (msp, unit), amount in sorted(report.deposits.items())
    ]
    parts += [Text(f"absent: {one}") for one in report.absent]
    parts += [Text(f"does not hold: {one}", style="red") for one in report.findings[:20]]
    if len(report.findings) > 20:
        parts.append(Text(f"and {len(report.findings) - 20} more (--json has all)"))
    parts.append(Text(f"task {report.task} ({report.state or 'unknown'}): {report.verdict}"))
    parts.append(Text(f"first block of the channel: {report.genesis}"))
    return parts
