"""The real worker: its jobs, and their errors."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from provider_node.trainer import (
    AggregateJob,
    CountJob,
    EvaluateJob,
    InspectJob,
    Means,
    Progress,
    TrainerProcess,
    TrainJob,
    UpdateFile,
)
from tests.unit.learning.examples import MLP, SCHEMA, digits
from tests.unit.provider_node.trainer.jobs import changed, files, install
from weftwork.errors import DataError, DefectError, EnvironmentFaultError, WeftworkError
from weftwork.learning.data import Csv, Npz, dataset_to_bytes
from weftwork.learning.errors import DivergedError, ModelError, UnusableUpdateError, WeightsError
from weftwork.learning.models import ModelSpec
from weftwork.learning.tensorfile import TensorFile


async def test_a_round_of_one_task(trainer: TrainerProcess, job: TrainJob) -> None:
    folder = job.output.parent
    epochs: list[Progress] = []
    trained = await trainer.train(job, epochs.append)
    assert epochs == [Progress(done=1, total=2), Progress(done=2, total=2)]
    assert trained.samples == len(digits(classes=(0, 1, 2)))
    assert trained.size == job.output.stat().st_size

    good = UpdateFile(participant="b", path=job.output, samples=trained.samples)
    bad = UpdateFile(participant="a", path=folder / "bad", samples=1)
    bad.path.write_bytes(b"no safetensors")
    aggregation = AggregateJob(
        model=MLP,
        training=job.training,
        base=job.base,
        updates=(good,),
        participants=2,
        output=folder / "model",
    )
    await trainer.aggregate(aggregation)
    mean, update = load_file(aggregation.output), load_file(job.output)  # the mean of one
    assert mean.keys() == update.keys()
    assert all((mean[name] == update[name]).all() for name in update)
    assert TensorFile.open(job.output).metadata == {"provider": job.provider}
    assert TensorFile.open(aggregation.output).metadata == {}

    with pytest.raises(UnusableUpdateError, match="a: malformed"):
        await trainer.aggregate(
            aggregation.model_copy(update={"updates": (bad, good), "output": folder / "none"})
        )

    (folder / "validation").write_bytes(dataset_to_bytes(digits("test", (0, 1, 2))))
    evaluated = await trainer.evaluate(
        EvaluateJob(
            model=MLP,
            weights=folder / "model",
            validation=folder / "validation",
            data_schema=SCHEMA,
        )
    )
    assert evaluated.samples == len(digits("test", (0, 1, 2)))
    assert evaluated.accuracy_ppm > 950_000
    assert files(job) == ["bad", "base", "model", "update", "validation"]


async def test_another_process_trains_the_same_bytes(
    trainer: TrainerProcess, job: TrainJob
) -> None:
    other = TrainerProcess(Means(threads=1))
    digests = {(await process.train(job)).digest for process in (trainer, other)}
    await other.close()
    assert other.pid is None
    digests.add((await other.train(job)).digest)  # a closed one starts again
    await other.close()
    assert len(digests) == 1


async def test_the_worker_stays_warm_and_steps_back(trainer: TrainerProcess, job: TrainJob) -> None:
    ready = await trainer.warm()
    pid = trainer.pid
    await asyncio.gather(trainer.train(job), trainer.train(job), trainer.warm())
    assert (ready.device, ready.threads) == ("cpu", 1)
    assert trainer.pid == pid
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 3


@pytest.mark.parametrize(
    ("changes", "error", "problem"),
    [
        ({"source": Npz(kind="npz", path=Path("/gone"))}, DataError, "no such file"),
        ({"model": ModelSpec(name="mlp", version=9)}, ModelError, "no model mlp v9"),
        ({"base": Path("/gone")}, WeightsError, "/gone"),
        ({"output": Path("/gone/update")}, EnvironmentFaultError, "No such file or directory"),
    ],
)
async def test_the_jobs_error_is_the_callers(
    trainer: TrainerProcess,
    job: TrainJob,
    changes: dict[str, object],
    error: type[Exception],
    problem: str,
) -> None:
    await trainer.warm()
    pid = trainer.pid
    with pytest.raises(error, match=problem):
        await trainer.train(changed(job, **changes))
    assert trainer.pid == pid  # a job that fails in order costs no restart
    assert files(job) == ["base"]


BATCH_NORM = """
from torch import nn
from weftwork.learning.models import ModelDefinition, ModelParameters


def build(parameters):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.BatchNorm1d(10))


NORMED = ModelDefinition("normed", 1, ModelParameters, build)
"""


async def test_a_model_that_cannot_be_private_is_known_before_anything_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "normed", BATCH_NORM, monkeypatch)
    normed = ModelSpec(name="normed", version=1)
    async with TrainerProcess(Means(threads=1)) as process:
        await process.inspect(InspectJob(model=normed, data_schema=SCHEMA, mode="none"))
        for mode in ("ddp-sgd", "client-level"):
            await process.inspect(InspectJob(model=MLP, data_schema=SCHEMA, mode=mode))
            with pytest.raises(ModelError, match=r"2 \(BatchNorm1d\).*GroupNorm"):
                await process.inspect(InspectJob(model=normed, data_schema=SCHEMA, mode=mode))
        job = InspectJob(model=normed, data_schema=SCHEMA, mode="none", single=True)
        with pytest.raises(ModelError, match=r"2 \(BatchNorm1d\).*use another batch_size"):
            await process.inspect(job)


CLUMSY = """
import torch
from torch import nn
from weftwork.learning.models import ModelDefinition, ModelParameters


class Clumsy(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x):
        raise {raised}


def build(parameters):
    return Clumsy()


CLUMSY = ModelDefinition("clumsy", 1, ModelParameters, build)
"""


@pytest.mark.parametrize(
    ("raised", "error", "problem"),
    [
        ("KeyError(x.sum().item())", DefectError, "KeyError, raised by the model or by Weftwork;"),
        ("RuntimeError('size of ' + 'tensor')", DefectError, "RuntimeError, raised by"),
        ("torch.AcceleratorError('CUDA error')", EnvironmentFaultError, "the device failed"),
        ("torch.OutOfMemoryError()", EnvironmentFaultError, "not enough memory for one sample"),
        ("PermissionError(13, 'no')", EnvironmentFaultError, "the trainer: .*no"),
    ],
)
async def test_a_models_own_failure_is_told_from_the_machines(
    job: TrainJob,
    raised: str,
    error: type[WeftworkError],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    install(tmp_path / "site", "clumsy", CLUMSY.format(raised=raised), monkeypatch)
    model = ModelSpec(name="clumsy", version=1)
    values = {"layer.weight": np.zeros((10, 64), "f4"), "layer.bias": np.zeros(10, "f4")}
    base = tmp_path / "clumsy"
    save_file(values, base)
    async with TrainerProcess(Means(threads=1)) as process:
        with pytest.raises(WeftworkError, match=problem) as failed:
            await process.train(changed(job, model=model, base=base))
    assert type(failed.value) is error
    logged = capfd.readouterr().err
    assert ("clumsy.py" in logged) == ("log says where" in str(failed.value))
    assert "size of tensor" not in logged  # a message may quote the data
    assert (error is DefectError) == ("mend the model and publish it" in str(failed.value))


VAST = """
import torch
from weftwork.learning.models import ModelDefinition, ModelParameters


def build(parameters):
    return torch.empty(2**60, device="cpu")


VAST = ModelDefinition("vast", 1, ModelParameters, build)
"""


async def test_memory_that_does_not_suffice_is_this_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "vast", VAST, monkeypatch)
    job = InspectJob(model=ModelSpec(name="vast", version=1), data_schema=SCHEMA, mode="ddp-sgd")
    async with TrainerProcess(Means(threads=1)) as process:
        with pytest.raises(
            EnvironmentFaultError, match="out of memory while model vast was tried; free some"
        ):
            await process.inspect(job)


async def test_training_that_diverges_leaves_the_former_output(
    trainer: TrainerProcess, job: TrainJob
) -> None:
    tensors = {name: tensor * 1e37 for name, tensor in load_file(job.base).items()}
    save_file(tensors, job.base)
    job.output.write_text("former")
    with pytest.raises(DivergedError, match="smaller learning_rate"):
        await trainer.train(job)
    assert job.output.read_text() == "former"
    assert files(job) == ["base", "update"]


async def test_samples_are_counted(trainer: TrainerProcess, job: TrainJob) -> None:
    counted = await trainer.count(CountJob(source=job.source, data_schema=SCHEMA))
    assert counted.samples == len(digits(classes=(0, 1, 2)))


async def test_a_cell_is_named_and_not_shown(trainer: TrainerProcess, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    columns = [f"c{i}" for i in range(64)]
    table.write_text(f"{','.join(columns)},y\n{'1,' * 63}secret,1\n")
    job = CountJob(source=Csv(kind="csv", path=table, label="y"), data_schema=SCHEMA)
    with pytest.raises(DataError, match=r"row 1, column 'c63': \.\.\. is no number"):
        await trainer.count(job)
    table.write_text(f"{','.join(columns)},y\nsecret,1\n")
    with pytest.raises(DataError, match=r"row 1: has 2 cells, the header has 65$"):
        await trainer.count(job)
    table.write_bytes(f"{','.join(columns)},y\n{'1,' * 63}secret".encode() + b"\xff,1\n")
    with pytest.raises(DataError, match=r"cannot be read as csv: \.\.\.$"):
        await trainer.count(job)


CHATTY = """
import os, sys
from weftwork.learning.models import ModelDefinition, ModelParameters

class Parameters(ModelParameters):
    pass

def build(parameters):
    from torch import nn
    print("hello from a model")
    os.write(1, b"and past Python's buffer\\n")
    return nn.Linear(64, 10)

CHATTY = ModelDefinition("chatty", 1, Parameters, build)
"""


async def test_a_model_that_prints_does_not_disturb_the_protocol(
    tmp_path: Path, job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "chatty", CHATTY, monkeypatch)
    base = load_file(job.base)
    save_file({"weight": base["output.weight"], "bias": base["output.bias"]}, job.base)
    async with TrainerProcess(Means(threads=1)) as trainer:
        chatty = ModelSpec(name="chatty", version=1)
        assert (await trainer.train(changed(job, model=chatty))).samples > 0
