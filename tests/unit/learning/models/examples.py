"""Every built-in model: one small example for data that fit it, and random valid parameters."""

import math
from collections.abc import Callable
from typing import Any

import torch
from hypothesis import strategies as st

from weftwork.learning.data import Features, Labels, Schema
from weftwork.learning.data.schema import Targets
from weftwork.learning.models import ModelSpec, definitions

Parameters = dict[str, Any]

SMALL: dict[str, Parameters] = {
    "autoencoder": {"shape": [2, 8], "hidden": [12], "bottleneck": 4},
    "cifar-cnn": {"height": 20, "width": 23, "classes": 3},
    "cnn": {"height": 12, "width": 9, "classes": 3},
    "femnist-lenet": {"height": 12, "width": 9, "classes": 3, "hidden": 16},
    "mlp": {"inputs": 12, "hidden": [8, 6], "classes": 3},
    "resnet18": {"height": 8, "width": 12, "classes": 3},
    "resnet8": {"height": 8, "width": 13, "classes": 3},
    "sensor-cnn": {"channels": 3, "filters": [6, 8], "outputs": 2},
    "sensor-gru": {"channels": 3, "hidden": 6, "layers": 2, "outputs": 2},
    "shakespeare-lstm": {"vocabulary": 9, "classes": 9, "embedding": 4, "hidden": 8},
    "tabular-mlp": {"inputs": 6, "width": 8, "outputs": 3},
    "vgg9": {"height": 8, "width": 17, "classes": 3},
}

sizes = st.integers(1, 9)
some = st.lists(sizes, max_size=3)


def _images(least: int, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Parameters]:
    pixels = st.integers(least, 40)
    common = {"channels": st.integers(1, 4), "height": pixels, "width": pixels}
    return st.fixed_dictionaries({**common, "classes": st.integers(2, 9), **more})


RANDOM: dict[str, st.SearchStrategy[Parameters]] = {
    "autoencoder": st.fixed_dictionaries(
        {"shape": st.lists(sizes, min_size=1, max_size=4), "hidden": some, "bottleneck": sizes}
    ),
    "cifar-cnn": _images(18),
    "cnn": _images(4),
    "femnist-lenet": _images(4, hidden=sizes),
    "mlp": st.fixed_dictionaries({"inputs": sizes, "hidden": some, "classes": st.integers(2, 9)}),
    "resnet18": _images(8, groups=st.sampled_from([1, 2, 4, 8, 16, 32, 64])),
    "resnet8": _images(8, groups=st.sampled_from([1, 2, 4, 8, 16])),
    "sensor-cnn": st.fixed_dictionaries(
        {
            "channels": sizes,
            "filters": st.lists(sizes, min_size=1, max_size=3),
            "kernel": st.sampled_from([3, 5, 7, 9, 11, 15, 21, 31]),
            "outputs": sizes,
        }
    ),
    "sensor-gru": st.fixed_dictionaries(
        {"channels": sizes, "hidden": sizes, "layers": st.integers(1, 3), "outputs": sizes}
    ),
    "shakespeare-lstm": st.fixed_dictionaries(
        {
            "vocabulary": st.integers(2, 9),
            "classes": st.integers(2, 9),
            "embedding": sizes,
            "hidden": sizes,
            "layers": st.integers(1, 3),
        }
    ),
    "tabular-mlp": st.fixed_dictionaries(
        {
            "inputs": sizes,
            "width": st.integers(2, 9),
            "layers": st.integers(1, 3),
            "residual": st.booleans(),
            "outputs": sizes,
        }
    ),
    "vgg9": _images(8),
}


def spec(name: str, **parameters: Any) -> ModelSpec:
    """Version 1 of a model with these parameters."""
    return ModelSpec(name=name, version=1, parameters=parameters)


def small(name: str) -> ModelSpec:
    """A model's small example."""
    return spec(name, **SMALL[name])


def schema_for(name: str, given: Parameters) -> Schema:
    """A schema that a model with these parameters fits; windows and sequences are of 8 to 11."""
    values = definitions()[name, 1].parameters.model_validate(given).model_dump()
    shapes: dict[str, Callable[[], tuple[int, ...]]] = {
        "shape": lambda: tuple(values["shape"]),
        "inputs": lambda: (values["inputs"],),
        "height": lambda: (values["channels"], values["height"], values["width"]),
        "vocabulary": lambda: (11,),
        "channels": lambda: (values["channels"], 8),
    }
    shape = next(shape() for key, shape in shapes.items() if key in values)
    tokens = (
        {"dtype": "int64", "vocabulary": values["vocabulary"]} if "vocabulary" in values else {}
    )
    features = Features.model_validate({"shape": shape, **tokens})
    if "classes" in values:
        return Schema(features=features, labels=Labels(classes=values["classes"]))
    if "outputs" in values:
        names = tuple(f"target {i}" for i in range(values["outputs"]))
        return Schema(features=features, targets=Targets(names=names))
    return Schema(features=features)


def samples(schema: Schema, count: int) -> torch.Tensor:
    """(count, *shape): sines of whole numbers, or tokens in turn; the same everywhere."""
    shape = (count, *schema.features.shape)
    steps = torch.arange(math.prod(shape)).reshape(shape)
    if schema.features.vocabulary:
        return steps * 7 % schema.features.vocabulary
    return steps.double().sin().float()


def wanted(schema: Schema, x: torch.Tensor) -> torch.Tensor:
    """What is to be learnt of these samples: classes in turn, other sines, or themselves."""
    if schema.labels:
        return torch.arange(len(x)) % schema.labels.classes
    if schema.targets:
        shape = (len(x), len(schema.targets.names))
        return torch.arange(math.prod(shape)).reshape(shape).double().cos().float()
    return x
