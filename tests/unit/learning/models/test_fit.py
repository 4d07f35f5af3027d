"""A model that was written for other data, or for something else to be learnt, says which part."""

import pytest

from tests.unit.learning.models.examples import SMALL, small, spec
from weftwork.learning.data import Features, Labels, Schema
from weftwork.learning.data.schema import Targets
from weftwork.learning.models import ModelSpec, problems


def schema(
    *shape: int, classes: int = 0, targets: int = 0, vocabulary: int | None = None
) -> Schema:
    return Schema(
        features=Features(
            shape=shape, dtype="int64" if vocabulary else "float32", vocabulary=vocabulary
        ),
        labels=Labels(classes=classes) if classes else None,
        targets=Targets(names=tuple(f"t{i}" for i in range(targets))) if targets else None,
    )


WINDOWS = spec("sensor-gru", channels=6, outputs=4)
TABLE = spec("tabular-mlp", inputs=6, outputs=4)
TOKENS = spec("shakespeare-lstm")


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (WINDOWS, schema(6, 50, classes=4)),
        (WINDOWS, schema(6, 9, targets=4)),
        (TABLE, schema(6, classes=4)),
        (TABLE, schema(2, 3, targets=4)),
        (spec("sensor-cnn", channels=6, filters=[8, 8], outputs=1), schema(6, 4, targets=1)),
        (spec("autoencoder", shape=[6, 50]), schema(6, 50)),
        (spec("cifar-cnn", classes=100), schema(3, 32, 32, classes=100)),
        (spec("shakespeare-lstm"), schema(80, classes=80, vocabulary=80)),
        (spec("shakespeare-lstm"), schema(33, classes=80, vocabulary=80)),
    ],
)
def test_data_that_the_model_was_written_for_fit(model: ModelSpec, data: Schema) -> None:
    assert problems(model, data) == []


@pytest.mark.parametrize(
    ("model", "data", "misfit"),
    [
        (
            WINDOWS,
            schema(3, 50, classes=4),
            "channels: 6, but the schema's features have shape [3, 50]; [6, length] is needed",
        ),
        (
            WINDOWS,
            schema(6, classes=4),
            "channels: 6, but the schema's features have shape [6]; [6, length] is needed",
        ),
        (WINDOWS, schema(6, 50, classes=3), "outputs: 4, but the schema has 3 classes"),
        (WINDOWS, schema(6, 50, targets=1), "outputs: 4, but the schema has 1 target"),
        (WINDOWS, schema(6, 50, targets=2), "outputs: 4, but the schema has 2 targets"),
        (WINDOWS, schema(6, 50), "outputs: 4, but the schema has neither labels nor targets"),
        (TABLE, schema(7, 2, classes=4), "inputs: 6, but features of shape [7, 2] are 14 numbers"),
        (
            TABLE,
            schema(6, classes=4, vocabulary=9),
            "vocabulary: the model has none and takes numbers, "
            "but the schema's features are tokens (int64)",
        ),
        (
            spec("sensor-cnn", channels=6, filters=[8, 8, 8], outputs=4),
            schema(6, 7, classes=4),
            "filters: 3 of them need windows of at least 8 readings, but the schema's have 7",
        ),
        (
            spec("autoencoder", shape=[6, 50]),
            schema(50, 6),
            "shape: [6, 50], but the schema's features have shape [50, 6]",
        ),
        (
            spec("autoencoder", shape=[6, 50]),
            schema(6, 50, classes=2),
            "shape: samples are reconstructed, but the schema has 2 classes; "
            "leave labels and targets out",
        ),
        (
            spec("vgg9"),
            schema(32, 32, 3, classes=10),
            "channels, height, width: [3, 32, 32], "
            "but the schema's features have shape [32, 32, 3]",
        ),
        (spec("resnet8"), schema(3, 32, 32, classes=9), "classes: 10, but the schema has 9"),
        (
            spec("resnet18"),
            schema(3, 32, 32, targets=10),
            "classes: 10, but the schema has 10 targets; labels are needed",
        ),
        (
            spec("mlp", inputs=6, classes=4),
            schema(6),
            "classes: 4, but the schema has neither labels nor targets; labels are needed",
        ),
        (TOKENS, schema(80, classes=80, vocabulary=90), "vocabulary: 80, but the schema has 90"),
        (
            TOKENS,
            schema(80, classes=80),
            "vocabulary: 80, but the schema's features are numbers; tokens (int64) are needed",
        ),
        (
            TOKENS,
            schema(8, 10, classes=80, vocabulary=80),
            "vocabulary: the schema's features have shape [8, 10]; [length] is needed",
        ),
    ],
)
def test_what_does_not_fit_is_named(model: ModelSpec, data: Schema, misfit: str) -> None:
    assert problems(model, data) == [misfit]


@pytest.mark.parametrize("name", sorted(SMALL))
def test_no_model_takes_data_of_another_shape_for_another_end(name: str) -> None:
    assert len(problems(small(name), schema(5, 5, 5, 5, targets=7))) >= 2


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("sensor-cnn", {"kernel": 4}, "kernel: must be 3, 5, 7, 9, 11, 15, 21 or 31 (got 4)"),
        ("resnet8", {"groups": 32}, "groups: must be 1, 2, 4, 8 or 16 (got 32)"),
        ("cifar-cnn", {"width": 17}, "width: must be greater than or equal to 18 (got 17)"),
        ("autoencoder", {"shape": []}, "shape: "),
        ("tabular-mlp", {"hidden": [3]}, "hidden: unknown key; "),
    ],
)
def test_parameters_out_of_bounds_are_named(
    name: str, parameters: dict[str, object], problem: str
) -> None:
    given = {} if name in {"resnet8", "cifar-cnn"} else SMALL[name]
    (found,) = problems(spec(name, **{**given, **parameters}))
    assert found.startswith(problem)
