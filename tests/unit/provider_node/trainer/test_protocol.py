"""Messages survive a line, and errors keep their kind and their words."""

from pathlib import Path

import pytest

from provider_node.trainer.judgements import Judged, JudgeJob, Signed, Submitted, Verdict
from provider_node.trainer.protocol import (
    ERRORS,
    JOB,
    REPLY,
    Aggregated,
    AggregateJob,
    Counted,
    CountJob,
    Evaluated,
    EvaluateJob,
    Failure,
    Followed,
    Inspected,
    InspectJob,
    Job,
    Personal,
    Progress,
    Ready,
    Releasing,
    Reply,
    Trained,
    TrainJob,
    UpdateFile,
    error_of,
    failure_of,
)
from tests.unit.learning.examples import MLP, SCHEMA, training
from weftwork.errors import (
    ConfigError,
    DataError,
    DeadlineError,
    EnvironmentFaultError,
    WeftworkError,
)
from weftwork.learning.data import Builtin, Csv, Folder, Npz, Parquet, Source
from weftwork.learning.judging.parameters import JudgingParameters, Shapley

TABLE = {"path": Path("/data/a file"), "label": "état\n", "features": ("a", "b")}
SOURCES: list[Source] = [
    Builtin(kind="builtin", name="digits", classes=(1, 2)),
    Folder(kind="folder", path=Path("/data")),
    Csv.model_validate({"kind": "csv", "divide_by": 255} | TABLE),
    Parquet.model_validate({"kind": "parquet"} | TABLE),
    Npz(kind="npz", path=Path("/data.npz")),
]
UPDATES = tuple(
    UpdateFile(participant=name, path=Path(name), samples=2**29 - 1) for name in ("a", "b")
)
JOBS: list[Job] = [
    *(
        TrainJob(
            provider="a",
            model=MLP,
            training=training(),
            base=Path("/base"),
            source=source,
            data_schema=SCHEMA,
            seed=2**63 - 1,
            output=Path("/out"),
        )
        for source in SOURCES
    ),
    AggregateJob(
        model=MLP,
        training=training(),
        base=Path("/base"),
        updates=UPDATES,
        participants=2,
        output=Path("/out"),
    ),
    EvaluateJob(model=MLP, weights=Path("/w"), validation=Path("/v"), data_schema=SCHEMA),
    JudgeJob(
        task="task",
        round=2,
        judge="a",
        model=MLP,
        training=training(),
        judging=JudgingParameters(contribution=Shapley(permutations=7)),
        base=Path("/base"),
        updates=(
            Submitted(participant="a", path=None, samples=1),
            Submitted(
                participant="b",
                path=Path("/b"),
                samples=2**29 - 1,
                digest="0" * 64,
                signed=Signed(key="AAAA", signature="MEU="),
            ),
        ),
        held_out=SOURCES[0],
        data_schema=SCHEMA,
        seed=2**63 - 1,
    ),
    CountJob(source=SOURCES[0], data_schema=SCHEMA),
    InspectJob(model=MLP, data_schema=SCHEMA, mode="ddp-sgd"),
]
REPLIES: list[Reply] = [
    Ready(torch="2", device="cpu", threads=1),
    Progress(done=1, total=2),
    Releasing(inputs="0" * 64),
    Trained(
        digest="d",
        size=1,
        samples=2,
        steps=3,
        loss_micro=4,
        report={"dlmu.beta_micro": 5},
        personal=Personal(samples=6, received_ppm=7, own_ppm=8),
    ),
    Aggregated(digest="d", size=1),
    Evaluated(samples=1, accuracy_ppm=2, loss_micro=-1),
    Judged(
        samples=512,
        verdicts=(
            Verdict(
                participant="b",
                verdict="rejected",
                reason="harmful",
                score_micro=-1,
                detail="état\n",
            ),
        ),
    ),
    Counted(samples=1),
    Inspected(),
    Followed(),
    Failure(error="DataError", message="row 1\n  row 2"),
    Failure(error="LostMemberError", message="gone", last=True),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.kind)
def test_a_job_survives_its_line(job: Job) -> None:
    line = job.model_dump_json()
    assert "\n" not in line
    assert JOB.validate_json(line) == job


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.kind)
def test_a_reply_survives_its_line(reply: Reply) -> None:
    line = reply.model_dump_json()
    assert "\n" not in line
    assert REPLY.validate_json(line) == reply


@pytest.mark.parametrize("kind", ERRORS.values(), ids=lambda kind: kind.__name__)
def test_an_error_arrives_as_what_it_was(kind: type[WeftworkError]) -> None:
    error = error_of(received(failure_of(kind("row 3 is wrong"))))
    assert type(error) is kind
    assert str(error) == "row 3 is wrong"


def test_what_a_data_set_holds_stays_in_the_worker() -> None:
    error = error_of(failure_of(DataError("a.csv: row 3: 'loud' is no number", seen="'loud'")))
    assert str(error) == "a.csv: row 3: ... is no number"
    assert type(error) is DataError


def received(failure: Failure) -> Failure:
    read = REPLY.validate_json(failure.model_dump_json())
    assert isinstance(read, Failure)
    return read


def test_every_problem_of_a_list_arrives() -> None:
    error = error_of(failure_of(ConfigError("model", ("inputs: no", "classes: no"))))
    assert str(error) == "model\n  inputs: no\n  classes: no"


def test_an_error_without_a_name_of_its_own_arrives_as_its_ancestor() -> None:
    class FullDiskError(EnvironmentFaultError):
        pass

    assert type(error_of(failure_of(FullDiskError("full")))) is EnvironmentFaultError
    assert type(error_of(failure_of(DeadlineError("late")))) is WeftworkError
    assert type(error_of(Failure(error="Unheard", message="of"))) is WeftworkError
