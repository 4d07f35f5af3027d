"""Variations of a job, and models that workers find installed."""

from pathlib import Path

import pytest

from provider_node.trainer import (
    TrainJob,
)
from tests.unit.learning.examples import training

FOREVER = training(local_epochs=10_000)


def changed(job: TrainJob, **changes: object) -> TrainJob:
    return job.model_copy(update=changes)


def files(job: TrainJob) -> list[str]:
    return sorted(path.name for path in job.output.parent.iterdir())


def install(site: Path, name: str, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a model for the workers that are started from now on."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_text(program)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry = f"[weftwork.models]\n{name} = {name}:{name.upper()}\n"
    (info / "entry_points.txt").write_text(entry)
    monkeypatch.setenv("PYTHONPATH", str(site))
