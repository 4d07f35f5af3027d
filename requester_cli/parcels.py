"""What a task starts with, as files: the initial model and the validation set."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from weftwork.artifacts import Kind
from weftwork.learning.data import Dataset, Schema, dataset_to_bytes
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.ledger.records import Artifact


@dataclass(frozen=True)
class Parcel:
    """An artifact on this disk, ready to be handed over."""

    kind: Kind
    path: Path
    artifact: Artifact


def initial_model(
    spec: ModelSpec,
    schema: Schema,
    privacy: PrivacyParameters,
    training: TrainingParameters,
    folder: Path,
) -> Parcel:
    """The initial weights that the task's seed gives; imports torch, which takes seconds.

    Raises `ModelError` for a model that cannot be trained so, whatever the providers' data are.
    """
    from weftwork.learning.training.inspection import require_trainable
    from weftwork.learning.weights import initialise

    single = training.batch_size == 1
    require_trainable(spec, schema, privacy.mode, fallback=privacy.fallback, single=single)
    weights = initialise(spec, training.seed)
    return _pack(Kind.INITIAL_MODEL, weights, folder / "initial-model.safetensors")


def validation_set(dataset: Dataset, folder: Path) -> Parcel:
    """The validation data in their artifact form."""
    return _pack(Kind.VALIDATION, dataset_to_bytes(dataset), folder / "validation.safetensors")


def _pack(kind: Kind, content: bytes, path: Path) -> Parcel:
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Parcel(kind, path, Artifact(digest=digest, size=len(content)))
