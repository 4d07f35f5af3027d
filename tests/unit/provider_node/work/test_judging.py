"""What a member is given to judge."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from provider_node.config import PrivacyLimits
from provider_node.steps import Judge
from provider_node.trainer import Judged, JudgeJob
from provider_node.work.judging import judge
from tests.unit.identity.issuing import public
from tests.unit.provider_node.test_offers import DIGITS, digits_task
from tests.unit.provider_node.test_site import Offers, site
from tests.unit.provider_node.worlds import round_, task, view
from weftwork.identity import new_key
from weftwork.learning.data import Source
from weftwork.signing import update_message, verify_update

KEY = new_key()


class OneSource(Offers):
    """The node's only data set."""

    cache = None

    async def source(self, _: str) -> Source:
        return DIGITS.source


class Trainers:
    """Keeps the job, and has no verdict."""

    job: JudgeJob

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[Self]:
        yield self

    async def judge(self, job: JudgeJob) -> Judged:
        self.job = job
        return Judged(samples=0, verdicts=())


async def test_a_signature_comes_with_the_key_that_the_ledger_checked_it_with(
    tmp_path: Path,
) -> None:
    """The node has no directory: what certificate a provider has by now does not matter."""
    trainers = Trainers()
    config = cast("Any", SimpleNamespace(privacy=PrivacyLimits()))
    node = replace(
        site(tmp_path, offers=OneSource()), config=config, trainers=cast("Any", trainers)
    )
    base = node.store.put(BytesIO(b"base"))
    closed = round_(state="EVALUATING", by=["f2"], base=base)
    update = closed.updates[0]
    raw = KEY.sign(update_message("digits-1", 1, update.digest), ec.ECDSA(hashes.SHA256()))
    signed = update.model_copy(
        update={"signature": base64.b64encode(raw).decode(), "key": public(KEY.public_key())}
    )
    closed = closed.model_copy(update={"updates": [signed]})
    of = task().model_copy(update={"definition": digits_task(initial_model=base.model_dump())})
    seen = view(of=of, newest=closed, on_disk=[base.digest])
    await judge(node, seen, Judge(1, away=frozenset(["f2"])))
    [given] = trainers.job.updates
    assert given.signed
    verify_update(given.signed.key, "digits-1", 1, update.digest, given.signed.signature)
