"""The real worker trains: privately, with what strategies remember, on from a checkpoint."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from provider_node.trainer import (
    EvaluateJob,
    InspectJob,
    Means,
    PrivacyTerms,
    Progress,
    TrainerProcess,
    TrainJob,
)
from tests.unit.learning.examples import SCHEMA, digits, training
from tests.unit.provider_node.trainer.jobs import (
    SAMPLES,
    changed,
    files,
    free,
    install,
    private,
)
from weftwork.errors import EnvironmentFaultError, IntegrityError
from weftwork.learning.data import Builtin, dataset_to_bytes, held_out
from weftwork.learning.errors import ModelError
from weftwork.learning.models import ModelSpec
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.tensornames import upload_name

DLMU = training(strategy="dlmu")
EPOCHS, KILLED_AFTER = 80, 5


async def test_a_private_training_follows_from_its_secret(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    secrets = [tmp_path / "one.secret", tmp_path / "other.secret"]
    jobs = [private(job, secret) for secret in (secrets[0], secrets[0], secrets[1])]
    one, again, other = [await trainer.train(each, book=free) for each in jobs]
    assert one == again
    assert other.digest != one.digest
    assert one.report["privacy.threshold_micro"] > 0
    assert one.steps == 3 * -(-SAMPLES // 64)
    assert set(load_file(job.output)) == set(load_file(job.base))


NARROW = """
from torch import nn
from weftwork.learning.models import ModelDefinition, ModelParameters


class Narrow(nn.Linear):
    def forward(self, x):
        if len(x) > 20:
            raise ValueError("too many at once")
        return super().forward(x)


def build(parameters):
    return nn.Sequential(nn.Flatten(), nn.Sequential(), Narrow(64, 10))


NARROW = ModelDefinition("narrow", 1, ModelParameters, build)
"""


async def test_the_owner_says_how_many_samples_are_worked_on_at_once(
    job: TrainJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a training, on what is held out, and in an evaluation."""
    install(tmp_path / "site", "narrow", NARROW, monkeypatch)
    model = ModelSpec(name="narrow", version=1)
    save_file({"2.weight": np.zeros((10, 64), "f4"), "2.bias": np.zeros(10, "f4")}, job.base)
    (tmp_path / "test").write_bytes(dataset_to_bytes(digits("test")))
    job = changed(job, model=model, held_out=held_out(job.source))
    async with TrainerProcess(Means(threads=1, physical_batch=20)) as trainer:
        assert (await trainer.train(job)).personal
        evaluated = await trainer.evaluate(
            EvaluateJob(
                model=model,
                weights=job.output,
                validation=tmp_path / "test",
                data_schema=SCHEMA,
            )
        )
    assert evaluated.samples == len(digits("test"))


async def test_the_noise_is_the_plans(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    """With next to no budget, what is uploaded is next to nothing but noise."""
    moved = {}
    for epsilon in ("0.01", "8"):
        protected = private(job, tmp_path / epsilon, epsilon=epsilon, samples="exact")
        await trainer.train(protected, book=free)
        base, update = load_file(job.base), load_file(job.output)
        moved[epsilon] = sum(float(((update[name] - base[name]) ** 2).sum()) for name in base)
    assert moved["0.01"] > 100 * moved["8"]


async def test_a_secret_that_is_none_stops_the_training(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"short")
    with pytest.raises(IntegrityError, match="holds no task's secret"):
        await trainer.train(private(job, secret), book=free)
    secret.unlink()
    protected = private(job, secret)
    secret.unlink()
    with pytest.raises(IntegrityError, match="secret is gone"):
        await trainer.train(protected, book=free)
    assert files(job) == ["base"]


PRELU = """
from torch import nn
from weftwork.learning.models import ModelDefinition, ModelParameters


def build(parameters):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.PReLU())


BENT = ModelDefinition("bent", 1, ModelParameters, build)
"""


async def test_a_layer_without_a_rule_is_trained_where_the_task_says_so(
    job: TrainJob,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    install(tmp_path / "site", "bent", PRELU, monkeypatch)
    bent = ModelSpec(name="bent", version=1)
    job = private(changed(job, model=bent), tmp_path / "secret")
    shapes = {"1.weight": (10, 64), "1.bias": (10,), "2.weight": (1,)}
    save_file({name: np.full(shape, 0.1, np.float32) for name, shape in shapes.items()}, job.base)
    assert job.privacy
    taken = changed(job, privacy=job.privacy.model_copy(update={"fallback": True}))
    async with TrainerProcess(Means(threads=1)) as trainer:
        with pytest.raises(ModelError, match=r"2 \(PReLU\): has no rule"):
            await trainer.inspect(InspectJob(model=bent, data_schema=SCHEMA, mode="ddp-sgd"))
        with pytest.raises(ModelError, match=r"2 \(PReLU\): has no rule"):
            await trainer.train(job, book=free)
        await trainer.inspect(
            InspectJob(model=bent, data_schema=SCHEMA, mode="ddp-sgd", fallback=True)
        )
        assert (await trainer.train(taken, book=free)).steps == 3 * -(-SAMPLES // 64)
    assert "slow per-sample gradients (vmap)" in capfd.readouterr().err


async def test_a_release_waits_until_it_is_booked(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    job = private(job, tmp_path / "secret")
    asked: list[str] = []
    epochs: list[int] = []

    async def book(inputs: str) -> None:
        asked.append(inputs)
        await asyncio.sleep(0.2)
        assert epochs == [], "nothing is trained meanwhile"

    for base_changed in (False, False, True):
        if base_changed:
            tensors = {name: tensor * 2 for name, tensor in load_file(job.base).items()}
            save_file(tensors, job.base)
        epochs.clear()
        await trainer.train(job, lambda progress: epochs.append(progress.done), book)
        assert epochs == [1, 2, 3]
    first, again, other = asked
    assert first == again != other


async def test_what_is_not_paid_for_is_not_computed(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    protected = private(job, tmp_path / "secret")

    async def refuse(inputs: str) -> None:
        raise BudgetError("nothing is left")

    with pytest.raises(BudgetError, match="nothing is left"):
        await trainer.train(protected, book=refuse)
    assert trainer.pid is None, "the worker is gone, with all that it had begun"
    with pytest.raises(EnvironmentFaultError, match="what nobody pays for"):
        await trainer.train(protected)
    assert files(job) == ["base", "secret"]


async def test_a_plain_training_asks_for_nothing(trainer: TrainerProcess, job: TrainJob) -> None:
    async def book(inputs: str) -> None:
        raise AssertionError

    assert (await trainer.train(job, book=book)).samples == SAMPLES


async def test_label_counts_are_told_once_and_kept_with_the_secret(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    calibrated = training(batch_size=64, momentum=0, strategy="logit-calibration")
    secret = tmp_path / "secret"
    asked = PrivacyParameters.model_validate({"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-5"})
    plan = Plan.of(asked, calibrated, SAMPLES, labels=True)
    Kept(secret=bytes(32), data="digits", plan=plan).save(secret)
    terms = PrivacyTerms(plan=plan, secret=secret)
    job = changed(job, training=calibrated, privacy=terms)
    await trainer.train(job, book=free)
    kept = Kept.load(secret)
    assert kept is not None
    assert kept.labels is not None
    assert len(kept.labels) == 10
    assert (kept.secret, kept.plan) == (bytes(32), plan)
    fewer = Builtin(kind="builtin", name="digits", classes=(0, 1))
    await trainer.train(changed(job, source=fewer), book=free)
    assert Kept.load(secret) == kept


async def test_a_secret_that_was_drawn_anew_does_not_go_on_from_the_checkpoint(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    """In the same file: its path is part of the job, what it holds is not."""
    secret, checkpoint = tmp_path / "secret", tmp_path / "checkpoint"
    parameters = training(batch_size=64, local_epochs=EPOCHS, learning_rate="0.01")
    job = changed(private(job, secret, parameters), checkpoint=checkpoint)
    with pytest.raises(EnvironmentFaultError, match="was killed"):
        await trainer.train(job, killing(trainer), free)
    assert checkpoint.exists()
    secret.unlink()
    job = changed(private(job, secret, parameters), checkpoint=checkpoint)
    done: list[int] = []
    await trainer.train(job, lambda progress: done.append(progress.done), free)
    assert done[0] == 1


async def test_what_strategies_remember_is_written_and_recalled(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    job = changed(job, training=DLMU, memory_to=first)
    begun = await trainer.train(job)
    assert begun.report["dlmu.beta_micro"] == 0
    assert first.stat().st_mode & 0o777 == 0o600
    # The global model has not moved: the client is as far from it as it went.
    job = changed(job, round=2, memory=first, memory_to=second)
    later = await trainer.train(job)
    assert later.report["dlmu.beta_micro"] == 800_000
    assert names(second) == names(first) == {"dlmu.w_last", "dlmu.alpha", "dlmu.drift"}
    missed = await trainer.train(changed(job, gap=True))
    assert missed.report["dlmu.beta_micro"] == 0


async def test_a_memory_that_is_damaged_is_a_warning(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    memory = tmp_path / "memory"
    memory.write_bytes(b"no safetensors file")
    trained = await trainer.train(changed(job, training=DLMU, round=2, memory=memory))
    assert trained.report["dlmu.beta_micro"] == 0
    [warning] = trained.warnings
    assert f"{memory}: the memory of the task is unusable" in warning


async def test_a_private_training_carries_its_threshold(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    memory = tmp_path / "memory"
    protected = private(job, tmp_path / "secret", threshold={"rule": "quantile"})
    trained = await trainer.train(changed(protected, memory_to=memory), book=free)
    with safe_open(memory, framework="np") as file:  # type: ignore[no-untyped-call]
        carried = float(file.get_tensor("privacy.threshold"))
    assert round(carried * 1e6) == trained.report["privacy.threshold_micro"] != 1_000_000


async def test_what_a_strategy_uploads_is_in_the_update(
    trainer: TrainerProcess, job: TrainJob
) -> None:
    await trainer.train(changed(job, training=training(strategy="scaffold")))
    own = set(load_file(job.base))
    assert set(load_file(job.output)) == own | {upload_name("scaffold.control", one) for one in own}


@pytest.mark.parametrize("protected", [True, False], ids=["private", "plain"])
async def test_a_training_that_was_killed_goes_on_and_ends_with_the_same_bits(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path, protected: bool
) -> None:
    parameters = training(
        strategy="dlmu", batch_size=64, local_epochs=EPOCHS, momentum="0.5", learning_rate="0.01"
    )
    job = changed(job, training=parameters)
    if protected:
        job = private(job, tmp_path / "secret", parameters)
    job = changed(job, checkpoint=tmp_path / "checkpoint")
    with pytest.raises(EnvironmentFaultError, match="was killed"):
        await trainer.train(job, killing(trainer), free)
    done: list[int] = []
    resumed = await trainer.train(job, lambda progress: done.append(progress.done), free)
    assert done == list(range(done[0], EPOCHS + 1))
    assert done[0] > KILLED_AFTER
    assert not (tmp_path / "checkpoint").exists()
    done.clear()
    assert resumed == await trainer.train(job, lambda progress: done.append(progress.done), free)
    assert done[0] == 1, "nothing is left to go on from"


def killing(trainer: TrainerProcess) -> Callable[[Progress], None]:
    """Kills the worker in the midst of its epochs."""

    def kill(progress: Progress) -> None:
        if progress.done == KILLED_AFTER and trainer.pid:
            os.kill(trainer.pid, signal.SIGKILL)

    return kill


def names(memory: Path) -> set[str]:
    with safe_open(memory, framework="np") as file:  # type: ignore[no-untyped-call]
        return set(file.keys())
