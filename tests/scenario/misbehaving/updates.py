"""Providers whose updates are no honest work."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from provider_node.journal import MadeUpdate
from provider_node.site import Site
from provider_node.view import View
from provider_node.work import training
from tests.scenario.misbehaving import numbers
from weftwork.artifacts import ArtifactService, Header, client
from weftwork.artifacts.service import Context
from weftwork.ledger.records import Artifact, SubmittedUpdate, Update
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire

_honest = training.train
_parts, _write = client._parts, ArtifactService._write
# It goes against the round, twenty times as far as it was trained.
AGAINST = -20
# A copy's cosine to the original is that of noise so small beside the update.
NOISE = 0.01


def poison() -> None:
    """Its update leads away from what it has learnt."""
    training.train = _train_and_turn


async def _train_and_turn(site: Site, view: View) -> None:
    base = site.store.path(view.round.base.digest)

    class Turning(Site):
        async def keep(self, path: Path) -> Artifact:
            header, trained = numbers.read(path)
            _, begun = numbers.read(base)
            numbers.write(path, header, begun + AGAINST * (trained - begun))
            return await super().keep(path)

    await _honest(Turning(**vars(site)), view)


def replay() -> None:
    """It trains nothing, and hands in the first update of another's that it has, a bit changed."""
    training.train = _copy_another


async def _copy_another(site: Site, view: View) -> None:
    task, number, base = view.task.id, view.round.round, view.round.base
    original = await _first_of_others(site, view)
    header, copied = numbers.read(site.store.path(original.digest))
    _, begun = numbers.read(site.store.path(base.digest))
    changed = copied.copy()
    changed[::2] += NOISE * (copied - begun)[::2]
    copy = await numbers.keep(site, header, changed)
    update = Update(
        digest=copy.digest,
        size=copy.size,
        samples=next(o.join.samples for o in view.task.joined if o.participant == site.me.name),
        base_digest=base.digest,
        signature=site.ledger.sign_update(task, number, copy.digest),
    )
    await site.note(task, lambda old: old.with_update(number, MadeUpdate(update=update)))


async def _first_of_others(site: Site, view: View) -> SubmittedUpdate:
    """Members of the committee are given the others' updates."""
    while True:
        newest = await site.ledger.rounds.get(view.task.id, view.round.round)
        for one in newest.updates:
            if one.participant != site.me.name and site.store.has(one.digest):
                return one
        await asyncio.sleep(0.2)


def give_other_bytes() -> None:
    """Whatever others have of it is not what its digest says, be it pushed or fetched."""
    client._parts = _other_parts
    ArtifactService._write = _write_others  # type: ignore[method-assign]


def _other_parts(header: Header, source: Path) -> Iterator[wire.PushRequest]:
    for part in _parts(header, source):
        yield wire.PushRequest(chunk=_other(part.chunk)) if part.chunk else part


async def _write_others(
    self: ArtifactService, context: Context, response: wire.FetchResponse
) -> None:
    if response.chunk:
        response = wire.FetchResponse(chunk=_other(response.chunk))
    await _write(self, context, response)


def _other(chunk: bytes) -> bytes:
    """As many bytes, the last of them another."""
    return chunk[:-1] + bytes([chunk[-1] ^ 1])
