"""What is trained: convolutions of about a million weights, on data that can be learnt."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from weftwork.learning.data import Dataset, Features, Labels, Npz, Schema
from weftwork.learning.models import ModelSpec

__all__ = ["TASKS", "Task"]

CLASSES = 10


@dataclass(frozen=True)
class Task:
    """A registered model, and the shape of a sample, the last of which is a length."""

    model: str
    parameters: dict[str, Any]
    shape: tuple[int, ...]

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return ModelSpec(name=self.model, version=1, parameters=self.parameters)

    @property
    def schema(self) -> Schema:
        """What the samples look like."""
        return Schema(features=Features(shape=self.shape), labels=Labels(classes=CLASSES))

    def samples(self, count: int, seed: int) -> Dataset:
        """Each class is a wave of its own length, of a random phase, under noise."""
        random = np.random.default_rng(seed)
        y = np.arange(count, dtype=np.int64) % CLASSES
        time = np.arange(self.shape[-1], dtype=np.float32)
        turns = 2 * np.pi * (np.outer(0.02 + 0.01 * y, time) + random.random((count, 1)))
        x = random.standard_normal((count, *self.shape), np.float32)
        waves = np.sin(turns).astype(np.float32)
        return Dataset(x + waves.reshape(count, *[1] * (len(self.shape) - 1), -1), y)

    def source(self, path: Path, count: int, seed: int) -> Npz:
        """The samples in a provider's file."""
        data = self.samples(count, seed)
        np.savez(path, x=data.x, y=data.y)
        return Npz(kind="npz", path=path)


TASKS = {
    # Eight sensors on a machine, 1,024 readings a window; 966,346 weights, 194 million products of
    # a sample's way through them.
    "vibration": Task(
        "sensor-cnn",
        {"channels": 8, "filters": [64, 128, 256, 256], "kernel": 9, "outputs": CLASSES},
        (8, 1024),
    ),
    # Colour pictures of 76 x 76 pixels; 978,634 weights, 37 million products.
    "pictures": Task("cifar-cnn", {"height": 76, "width": 76}, (3, 76, 76)),
}
