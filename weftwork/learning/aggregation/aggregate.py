"""From a base model and accepted updates to the next global model, block by block."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from weftwork.errors import DataError
from weftwork.learning.aggregation.blocks import Blocks, Desk
from weftwork.learning.aggregation.layout import MAX_WEIGHT, Base, Layout, Update
from weftwork.learning.aggregation.mean import worth_compiling
from weftwork.learning.aggregation.output import Plan
from weftwork.learning.aggregation.pages import Pages
from weftwork.learning.aggregation.reduction import MakeReduction
from weftwork.learning.aggregation.rules.rule import Rule
from weftwork.learning.aggregation.rules.weighted_mean import WeightedMean
from weftwork.learning.aggregation.vectors import Files, Kind, Vectors, parts
from weftwork.learning.strategies.strategy import Server
from weftwork.learning.tensorfile import TensorFile

__all__ = ["aggregate", "desk", "opened", "reductions"]


def aggregate(
    base: Path,
    updates: Sequence[Update],
    output: Path,
    *,
    layout: Layout = Layout(),  # noqa: B008 - frozen
    server: Server = Server(),  # noqa: B008 - it has no state
    participants: int | None = None,
    rule: Rule = WeightedMean(),  # noqa: B008 - frozen
    threads: int = 2,
) -> None:
    """Write the aggregate of `updates`, in this order, to `output`, in the layout of `base`.

    `rule` makes one of many, of each part by itself (see the package); `server` is the strategies'
    part in it, and takes its step from what the rule made; `participants` could have sent an
    update (default: only those who did). The rules `mean`, `clipped-mean` and `geometric-median`
    weigh updates by `samples`, as they are given here: cap them before (`capped`). Every update
    must have passed `examine` with this layout. Holds a few blocks a thread in memory, never a
    model.

    Raises `DataError` for what cannot be aggregated, `DivergedError` where the server's step, or
    an update that was not examined, leaves the finite numbers; there is no `output` then.
    """
    participants = participants or len(updates)
    _check(updates, participants)
    rule.check(len(updates))
    files = opened(base, updates, layout, threads)
    plan = Plan.of(files.base)
    blocks = Blocks(files, layout, server, participants)
    model = files.base
    pieces = list(
        blocks.pieces([one for one in model.file.in_file_order() if one in model.averaged])
    )
    made = reductions(rule, files, layout, server)
    desks = [desk(made) for _ in range(threads)]

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


def opened(base: Path, updates: Sequence[Update], layout: Layout, threads: int) -> Files:
    """The files, and whether their numbers are so many that compiling is worth it."""
    model = Base.open(base, layout)
    numbers = len(updates) * sum(model.own[name].size for name in model.averaged)
    return Files(
        base=model,
        base_pages=Pages(model.file),
        updates=tuple(updates),
        pages=tuple(Pages(TensorFile.open(update.path)) for update in updates),
        threads=threads,
        fast=worth_compiling(numbers),
    )


def reductions(
    rule: Rule, files: Files, layout: Layout, server: Server
) -> dict[tuple[str, ...], MakeReduction]:
    """What the rule makes of each part, by the part's tensors; it measures what it has to, here.

    A server without a step has no use for uploads: they are left alone.
    """
    needed = [
        part
        for part in parts(files.base, layout)
        if part.kind is not Kind.UPLOAD or type(server) is not Server
    ]
    return {part.names: rule.reduction(Vectors(files, part)) for part in needed}


def desk(made: Mapping[tuple[str, ...], MakeReduction]) -> Desk:
    """One thread's."""
    own = {names: make() for names, make in made.items()}
    return Desk({name: one for names, one in own.items() for name in names})


def _check(updates: Sequence[Update], participants: int) -> None:
    if not updates:
        raise DataError("nothing to aggregate: no update was accepted")
    if participants < len(updates):
        raise DataError(f"{len(updates)} updates of {participants} participants")
    for update in updates:
        if not 1 <= update.samples <= MAX_WEIGHT:
            raise DataError(f"{update.participant}: weight {update.samples} not in 1..2^29-1")
