"""What a task starts with: no initial model of a network that cannot be trained."""

from pathlib import Path

import pytest
from torch import nn

from requester_cli.parcels import initial_model
from tests.unit.learning.examples import SCHEMA, training
from weftwork.learning.errors import ModelError
from weftwork.learning.models import ModelDefinition, ModelParameters, ModelSpec, registry
from weftwork.learning.privacy.parameters import PrivacyParameters


def test_a_model_that_cannot_be_trained_is_no_initial_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_: object) -> nn.Module:
        return nn.Sequential(nn.Linear(64, 10), nn.BatchNorm1d(10))

    normed = ModelDefinition("normed", 1, ModelParameters, build)
    monkeypatch.setattr(registry, "definitions", lambda: {("normed", 1): normed})
    terms = ModelSpec(name="normed", version=1), SCHEMA, PrivacyParameters()
    assert initial_model(*terms, training(batch_size=5), tmp_path).path.exists()
    with pytest.raises(ModelError, match=r"layer 1 \(BatchNorm1d\)"):
        initial_model(*terms, training(batch_size=1), tmp_path)
