"""A small task that several tests share: the digits, and a small perceptron for them."""

from weftwork.learning.data import Builtin, Dataset, Features, Labels, Schema, load
from weftwork.learning.models import ModelSpec
from weftwork.learning.parameters import TrainingParameters

SCHEMA = Schema(features=Features(shape=(64,)), labels=Labels(classes=10))
MLP = ModelSpec(name="mlp", version=1, parameters={"inputs": 64, "hidden": [64], "classes": 10})
FACTORIES = {"factory1": (0, 1, 2), "factory2": (3, 4, 5), "factory3": (6, 7, 8, 9)}


def training(**changes: object) -> TrainingParameters:
    """The demo's training, with some values changed."""
    values: dict[str, object] = {
        "rounds": 10,
        "local_epochs": 2,
        "batch_size": 5,
        "learning_rate": "0.1",
        "momentum": "0.8",
        "seed": 1,
    }
    return TrainingParameters.model_validate(values | changes)


def digits(part: str = "train", classes: tuple[int, ...] | None = None) -> Dataset:
    """A part of the digits, optionally of some classes only."""
    source = Builtin.model_validate(
        {"kind": "builtin", "name": "digits", "part": part, "classes": classes}
    )
    return load(source, SCHEMA)
