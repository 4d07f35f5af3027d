"""Providers whose updates are no honest work."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from provider_node.journal import MadeUpdate
from provider_node.site import Site
from provider_node.view import View
from provider_node.work import training
from tests.scenario.misbehaving import numbers
from weftwork.artifacts import ArtifactService
from weftwork.artifacts.service import Context
from weftwork.learning.tensornames import PROVIDER
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


def replay() -> None:
    """It trains nothing, and hands in the model that the round started from, a bit changed."""
    training.train = _return_the_base


async def _return_the_base(site: Site, view: View) -> None:
    task, number, base = view.task.id, view.round.round, view.round.base
    tensors = load_file(site.store.path(base.digest))
    changed = {name: np.nextafter(one, np.float32(1)) for name, one in tensors.items()}
    with site.scratch_file() as file:
        save_file(changed, file, metadata={PROVIDER: site.me.name})
        copy = await site.keep(file)
    update = Update(
        digest=copy.digest,
        size=copy.size,
        samples=next(o.join.samples for o in view.task.joined if o.participant == site.me.name),
        base_digest=base.digest,
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
