"""Providers whose updates are no honest work."""

from pathlib import Path

import numpy as np

from provider_node.journal import MadeUpdate
from provider_node.site import Site
from provider_node.view import View
from provider_node.work import training
from tests.scenario.misbehaving import numbers
from weftwork.artifacts import ArtifactService
from weftwork.artifacts.service import Context
from weftwork.ledger.records import Artifact, Update
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire

_honest = training.train
_write = ArtifactService._write
# It goes against the round, twenty times as far as it was trained.
AGAINST = -20


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


def send_back_the_base() -> None:
    """It trains nothing, and hands in the model that the round started from, a bit changed."""
    training.train = _send_back_the_base


async def _send_back_the_base(site: Site, view: View) -> None:
    await _hand_in(site, view, site.store.path(view.round.base.digest))


def replay() -> None:
    """After its first round it trains nothing, and hands in what another did the round before."""
    training.train = _replay


async def _replay(site: Site, view: View) -> None:
    task, number = view.task.id, view.round.round
    if number == 1:
        await _honest(site, view)
        return
    record = (await site.ledger.rounds.get(task, number - 1)).record
    assert record is not None
    others = [one for one in record.submitted if one.participant != site.me.name]
    await _hand_in(site, view, site.store.path(others[0].digest))  # it was one of its judges


async def _hand_in(site: Site, view: View, copied: Path) -> None:
    """Hand in a model that is there already, under its own name and with another digest."""
    task, number = view.task.id, view.round.round
    header, found = numbers.read(copied)
    own = numbers.named(header, site.me.name)
    copy = await numbers.keep(site, own, np.nextafter(found, np.float32(1)))
    update = Update(
        digest=copy.digest,
        size=copy.size,
        samples=next(o.join.samples for o in view.task.joined if o.participant == site.me.name),
        base_digest=view.round.base.digest,
        signature="",
    )
    await site.note(task, lambda old: old.with_update(number, MadeUpdate(update=update)))


def give_other_bytes() -> None:
    """What others fetch of it is not what its digest says."""
    ArtifactService._write = _write_others  # type: ignore[method-assign]


async def _write_others(
    self: ArtifactService, context: Context, response: wire.FetchResponse
) -> None:
    if response.chunk:
        response = wire.FetchResponse(chunk=_other(response.chunk))
    await _write(self, context, response)


def _other(chunk: bytes) -> bytes:
    """As many bytes, the last of them another."""
    return chunk[:-1] + bytes([chunk[-1] ^ 1])
