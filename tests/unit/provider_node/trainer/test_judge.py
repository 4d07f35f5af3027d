"""The real worker judges a round; so that it is quick, of updates that are made by hand."""

import base64
import hashlib
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from safetensors.numpy import load_file, save_file

from provider_node.trainer import JudgeJob, Signed, Submitted, TrainerProcess, Verdict
from tests.unit.identity.issuing import public
from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from weftwork.identity import new_key
from weftwork.learning.data import Builtin, Npz, dataset_to_bytes
from weftwork.learning.errors import WeightsError
from weftwork.learning.weights import initialise
from weftwork.signing import update_message

TASK, ROUND = "digits-1a2b3c", 2
KEY = new_key()
HELD_OUT = Builtin(kind="builtin", name="digits", part="test", classes=(0, 1, 2))


def written(base: Path, name: str, seed: int) -> Path:
    """The base model with small noise of its own."""
    random, tensors = np.random.RandomState(seed), load_file(base)
    path = base.with_name(name)
    moved = {
        key: (one + 0.01 * random.standard_normal(one.shape)).astype(np.float32)
        for key, one in tensors.items()
    }
    save_file(moved, path, metadata={"provider": name})
    return path


def signed(path: Path, name: str, /, **changes: object) -> Submitted:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    raw = KEY.sign(update_message(TASK, ROUND, digest), ec.ECDSA(hashes.SHA256()))
    signature = Signed(key=public(KEY.public_key()), signature=base64.b64encode(raw).decode())
    one = Submitted(participant=name, path=path, samples=10, digest=digest, signed=signature)
    return one.model_copy(update=changes)


@pytest.fixture
def job(tmp_path: Path) -> JudgeJob:
    base = tmp_path / "base"
    base.write_bytes(initialise(MLP, 1))
    (tmp_path / "validation").write_bytes(dataset_to_bytes(digits("test")))
    files = {name: written(base, name, seed) for seed, name in enumerate("abcd")}
    return JudgeJob(
        task=TASK,
        round=ROUND,
        judge="a",
        model=MLP,
        training=training(),
        base=base,
        updates=tuple(signed(path, name) for name, path in files.items()),
        validation=tmp_path / "validation",
        held_out=HELD_OUT,
        data_schema=SCHEMA,
        seed=1,
    )


def changed(job: JudgeJob, **changes: object) -> JudgeJob:
    return job.model_copy(update=changes)


async def test_every_update_but_the_members_own(trainer: TrainerProcess, job: JudgeJob) -> None:
    judged = await trainer.judge(job)
    assert judged.samples == len(digits("test")) + len(digits("test", (0, 1, 2)))
    assert [one.participant for one in judged.verdicts] == ["b", "c", "d"]
    assert {(one.verdict, one.reason) for one in judged.verdicts} == {("accepted", "")}
    assert any(one.score_micro for one in judged.verdicts)
    assert await trainer.judge(job) == judged


async def test_each_reason_is_the_ledgers_word(trainer: TrainerProcess, job: JudgeJob) -> None:
    _, b, c, _ = job.updates
    assert b.path
    updates = (
        b,
        signed(b.path, "its file is b's"),
        signed(written(job.base, "copies", 1), "copies"),
        signed(b.path, "late", path=None),
        signed(b.path, "another's", signed=c.signed),
        signed(b.path, "other bytes", path=c.path),
        signed(b.path, "not had", path=None, mismatch=True),
        signed(b.path, "other size", size=1),
    )
    judged = await trainer.judge(changed(job, updates=updates))
    assert {one.participant: one.reason for one in judged.verdicts} == {
        "b": "",
        "its file is b's": "duplicate",
        "copies": "duplicate",
        "late": "late",
        "another's": "bad-signature",
        "other bytes": "digest-mismatch",
        "not had": "digest-mismatch",
        "other size": "digest-mismatch",
    }


async def test_without_data_there_is_no_score(trainer: TrainerProcess, job: JudgeJob) -> None:
    gone = Npz(kind="npz", path=Path("/gone"))
    judged = await trainer.judge(changed(job, validation=None, held_out=gone))
    assert judged.samples == 0
    expected = Verdict(participant="b", verdict="accepted", reason="", score_micro=0, detail="")
    assert judged.verdicts[0] == expected


@pytest.mark.parametrize("content", [None, b"no data set"])
async def test_validation_data_that_cannot_be_read_are_left_out(
    trainer: TrainerProcess, job: JudgeJob, tmp_path: Path, content: bytes | None
) -> None:
    """They are the requester's fault: no member must miss its part for it."""
    path = tmp_path / "unusable"
    if content:
        path.write_bytes(content)
    judged = await trainer.judge(changed(job, validation=path))
    assert judged == await trainer.judge(changed(job, validation=None))
    assert judged.samples == len(digits("test", (0, 1, 2)))


async def test_the_jobs_error_is_the_callers(trainer: TrainerProcess, job: JudgeJob) -> None:
    with pytest.raises(WeightsError, match="/gone"):
        await trainer.judge(changed(job, base=Path("/gone")))
