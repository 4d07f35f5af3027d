"""Aggregates, recomputed from the updates' bytes."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load, save

from requester_cli.verify import lines
from weftwork.audit.artifacts import check_artifacts
from weftwork.audit.bundle import Bundle, artifact_path
from weftwork.audit.deep import recompute
from weftwork.audit.findings import Report
from weftwork.audit.task import Task
from weftwork.audit.world import World
from weftwork.learning.aggregation import Update, aggregate
from weftwork.learning.models import ModelSpec
from weftwork.learning.weights import initialise

MODEL = {"name": "mlp", "version": 1, "parameters": {"inputs": 2, "hidden": [3], "classes": 2}}
TRAINING = {"rounds": 1, "local_epochs": 1, "batch_size": 1, "learning_rate": "0.1", "seed": 1}
WEIGHTS = {"a": 3, "b": 1}

Artifact = dict[str, Any]


class Kept:
    """A task of one round, and a bundle with all its bytes."""

    def __init__(self, folder: Path) -> None:
        self.bundle = Bundle(folder, "t", 0, {}, ())
        base = initialise(ModelSpec.model_validate(MODEL), 1)
        moved = {
            name: save({key: one + step for key, one in load(base).items()})
            for name, step in (("a", 0.5), ("b", -0.25))
        }
        self.base = self.keep(base)
        self.updates = {name: self.keep(content) for name, content in moved.items()}
        output = folder / "aggregate"
        aggregate(
            self.path(self.base),
            [Update(name, self.path(self.updates[name]), WEIGHTS[name], "") for name in "ab"],
            output,
        )
        self.model = self.keep(output.read_bytes())
        self.weights = dict(WEIGHTS)

    def keep(self, content: bytes) -> Artifact:
        digest = hashlib.sha256(content).hexdigest()
        path = self.bundle.folder / artifact_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {"digest": digest, "size": len(content)}

    def path(self, artifact: Artifact) -> Path:
        return self.bundle.folder / artifact_path(artifact["digest"])

    def audited(self) -> Report:
        definition = {
            "initial_model": self.base,
            "model": MODEL,
            "training": TRAINING,
            "aggregation": {"rule": {"name": "mean"}, "cap_ratio": 2},
        }
        record = self.model | {
            "round": 1,
            "base_digest": self.base["digest"],
            "submitted": [self.updates[name] | {"participant": name} for name in "ab"],
            "accepted": [{"participant": name, "weight": self.weights[name]} for name in "ab"],
        }
        world = World(
            {
                ("task", "t"): {"definition": definition},
                ("start", "t"): {"participants": ["a", "b"]},
                ("round", "t", "00001"): record,
            }
        )
        report = Report("t")
        check_artifacts(report, self.bundle, Task(world, "t"))
        recompute(report, self.bundle, Task(world, "t"))
        return report


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_a_model_that_its_updates_make_holds(kept: Kept) -> None:
    report = kept.audited()
    assert (report.findings, report.absent) == ([], [])
    assert (report.checked["artifacts"], report.checked["aggregates"]) == (4, 1)
    assert report.complete
    assert report.verdict == "the record holds; 1 of 1 aggregates recomputed"
    made, base = load(kept.path(kept.model).read_bytes()), load(kept.path(kept.base).read_bytes())
    for name in base:  # three quarters of 0.5, less a quarter of 0.25
        assert made[name] - base[name] == pytest.approx(0.3125, abs=1e-6)


def test_other_weights_than_the_records_do_not_hold(kept: Kept) -> None:
    kept.weights["b"] = 2
    report = kept.audited()
    (finding,) = report.findings
    assert report.verdict == "the record DOES NOT HOLD; 1 of 1 aggregates recomputed"
    assert finding.rule == "aggregates"
    assert finding.text.startswith(f"the model is {kept.model['digest']}, recomputed it is ")


def test_an_update_that_cannot_have_been_accepted_is_found(kept: Kept) -> None:
    kept.updates["b"] = kept.keep(b"no model")
    (finding,) = kept.audited().findings
    assert "an update was accepted that is not usable: b: " in finding.text


def test_changed_bytes_are_found(kept: Kept) -> None:
    path = kept.path(kept.model)
    path.write_bytes(path.read_bytes() + b" ")
    first = kept.audited().findings[0]
    assert (first.rule, first.place.file) == ("artifacts", kept.model["digest"])


def test_what_is_not_there_is_said_and_not_recomputed(kept: Kept) -> None:
    kept.path(kept.updates["a"]).unlink()
    report = kept.audited()
    assert report.findings == []
    assert report.checked["aggregates"] == 0
    assert not report.complete
    verdict = "the record holds; 0 of 1 aggregates recomputed: not all that they are made of"
    assert report.verdict.startswith(verdict)
    assert report.document()["verdict"] == report.verdict
    assert str(lines(report)[-2]) == f"task t (unknown): {report.verdict}"
    assert report.absent == [
        f"round 1, update of a: {kept.updates['a']['digest']} is not in the bundle",
        "round 1, aggregate: not recomputed without the update of a",
    ]
