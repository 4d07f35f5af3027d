"""What a node's own model and the received one are worth on data that were held out."""

from pathlib import Path

import numpy as np
import pytest

from provider_node.trainer import EvaluateJob, Means, TrainerProcess, TrainJob
from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from tests.unit.provider_node.trainer.jobs import changed
from weftwork.learning.data import Builtin, Csv, Npz, Split, dataset_to_bytes, held_out

CLASSES = (0, 1, 2)


async def test_both_models_are_measured_on_what_is_held_out(
    trainer: TrainerProcess, job: TrainJob, tmp_path: Path
) -> None:
    job = changed(job, training=training(local_epochs=5), held_out=held_out(job.source))
    trained = await trainer.train(job)
    (tmp_path / "test").write_bytes(dataset_to_bytes(digits("test", CLASSES)))
    scores = [
        await trainer.evaluate(
            EvaluateJob(model=MLP, weights=path, validation=tmp_path / "test", data_schema=SCHEMA)
        )
        for path in (job.base, job.output)
    ]
    assert trained.personal is not None
    assert trained.personal.samples == scores[0].samples == len(digits("test", CLASSES))
    assert trained.personal.received_ppm == scores[0].accuracy_ppm
    assert trained.personal.own_ppm == scores[1].accuracy_ppm > 900_000


async def test_measuring_changes_no_bit(trainer: TrainerProcess, job: TrainJob) -> None:
    alone = await trainer.train(job)
    measured = await trainer.train(changed(job, held_out=held_out(job.source)))
    assert (alone.personal, measured.digest) == (None, alone.digest)


async def test_what_cannot_be_measured_is_trained_all_the_same(
    trainer: TrainerProcess,
    job: TrainJob,
    tmp_path: Path,
) -> None:
    """The test part of two samples of a class has none."""
    path = tmp_path / "few.npz"
    np.savez(path, x=np.zeros((2, 64), np.float32), y=np.zeros(2, np.int64))
    few = Npz(kind="npz", path=path, split=Split(part="train", test_fraction=0.01))
    trained = await trainer.train(changed(job, source=few, held_out=held_out(few)))
    assert (trained.samples, trained.personal) == (2, None)


async def test_the_log_says_where_a_held_out_cell_is_wrong_and_not_what_it_holds(
    job: TrainJob, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "held-out.csv"
    path.write_text(",".join(f"c{i}" for i in range(64)) + f",y\n{'1,' * 63}secret,1\n")
    table = Csv(kind="csv", path=path, label="y")
    async with TrainerProcess(Means(threads=1)) as own:  # whose log is this test's
        assert (await own.train(changed(job, held_out=table))).personal is None
    said = capfd.readouterr().err
    assert "row 1, column 'c63': ... is no number" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        (Builtin(kind="builtin", name="digits", classes=CLASSES), {"part": "test"}),
        (Builtin(kind="builtin", name="digits", part="test"), None),
        (
            Npz(kind="npz", path=Path("a"), split=Split(part="train", test_fraction=0.2, seed=7)),
            {"split": Split(part="test", test_fraction=0.2, seed=7)},
        ),
        (Npz(kind="npz", path=Path("a"), split=Split(part="test", test_fraction=0.2)), None),
        (Npz(kind="npz", path=Path("a")), None),
    ],
    ids=["part", "other-part", "split", "other-split", "all"],
)
def test_the_rest_of_the_same_data_is_held_out(
    source: Builtin | Npz, rest: dict[str, object] | None
) -> None:
    assert held_out(source) == (source.model_copy(update=rest) if rest else None)
