"""Variations of a job, and models that workers find installed."""

from pathlib import Path
from typing import Any

import pytest

from provider_node.trainer import PrivacyTerms, TrainJob
from tests.unit.learning.examples import digits, training
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.kept import Kept
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.privacy.secret import drawn

FOREVER = training(local_epochs=10_000)
FEW_STEPS = training(batch_size=64, momentum=0, local_epochs=3)
SAMPLES = len(digits(classes=(0, 1, 2)))


def changed(job: TrainJob, **changes: object) -> TrainJob:
    return job.model_copy(update=changes)


def files(job: TrainJob) -> list[str]:
    return sorted(path.name for path in job.output.parent.iterdir())


def private(
    job: TrainJob, secret: Path, parameters: TrainingParameters = FEW_STEPS, **terms: Any
) -> TrainJob:
    """The job under a privacy plan, with the secret in that file; drawn if there is none."""
    asked: dict[str, Any] = {"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-5", "accountant": "rdp"}
    plan = Plan.of(PrivacyParameters.model_validate(asked | terms), parameters, SAMPLES)
    if not secret.exists():
        Kept(secret=drawn(), data="digits", plan=plan).save(secret)
    privacy = PrivacyTerms(plan=plan, secret=secret)
    return changed(job, training=parameters, privacy=privacy)


async def free(inputs: str) -> None:
    """Every release is paid for."""


def install(site: Path, name: str, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a model for the workers that are started from now on."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_text(program)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry = f"[weftwork.models]\n{name} = {name}:{name.upper()}\n"
    (info / "entry_points.txt").write_text(entry)
    monkeypatch.setenv("PYTHONPATH", str(site))
