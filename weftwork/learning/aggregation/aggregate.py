"""From a base model and accepted updates to the next global model, block by block."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from weftwork.errors import DataError
from weftwork.learning.aggregation.blocks import Blocks, Desk
from weftwork.learning.aggregation.layout import MAX_WEIGHT, Base, Layout, Update
from weftwork.learning.aggregation.mean import Mean, worth_compiling
from weftwork.learning.aggregation.output import Plan
from weftwork.learning.strategies.strategy import Server

__all__ = ["aggregate"]


def aggregate(
    base: Path,
    updates: Sequence[Update],
    output: Path,
    *,
    layout: Layout = Layout(),  # noqa: B008 - frozen
    server: Server = Server(),  # noqa: B008 - it has no state
    participants: int | None = None,
    threads: int = 2,
) -> None:
    """Write the aggregate of `updates`, in this order, to `output`, in the layout of `base`.

    `server` is the strategies' part in it; `participants` could have sent one (default: only those
    who did). Every update must have passed `examine` with this layout. Holds a few blocks a thread
    in memory, never a model.

    Raises `DataError` for what cannot be averaged, `DivergedError` where the server's step leaves
    the finite numbers; there is no `output` then.
    """
    participants = participants or len(updates)
    _check(updates, participants)
    model = Base.open(base, layout)
    plan = Plan.of(model)
    blocks = Blocks(model, updates, layout, server, participants)
    floats = [name for name in model.file.in_file_order() if name in model.averaged]
    pieces = list(blocks.pieces(floats))
    fast = worth_compiling(len(updates) * sum(model.own[name].size for name in floats))
    weights = [update.samples for update in updates]
    desks = [Desk(Mean(weights, fast=fast)) for _ in range(threads)]

    def share(first: int, file: BinaryIO) -> None:
        """Every so manieth piece."""
        for piece in pieces[first::threads]:
            for name, numbers in blocks.results(piece, desks[first]).items():
                plan.write(file, name, 4 * piece.begin, numbers)

    try:
        with output.open("wb") as file, ThreadPoolExecutor(threads) as pool:
            plan.begin(file, model)
            for done in [pool.submit(share, first, file) for first in range(threads)]:
                done.result()
    except BaseException:
        output.unlink(missing_ok=True)
        raise


def _check(updates: Sequence[Update], participants: int) -> None:
    if not updates:
        raise DataError("nothing to aggregate: no update was accepted")
    if participants < len(updates):
        raise DataError(f"{len(updates)} updates of {participants} participants")
    for update in updates:
        if not 1 <= update.samples <= MAX_WEIGHT:
            raise DataError(f"{update.participant}: weight {update.samples} not in 1..2^29-1")
