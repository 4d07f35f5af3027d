"""Whether a schema's data and its objective are those that a model's parameters were written for.

A misfit is `parameter: what it is, but what the schema has`; several parameters have commas between
them. Parameters called `classes`, `outputs` and `vocabulary` say by their names what they mean: for
these a model needs no code.
"""

import math

from pydantic import BaseModel

from weftwork.learning.data.schema import Features, Objective, Schema


def by_name(parameters: BaseModel, schema: Schema) -> list[str]:
    """The misfits of `classes`, `outputs` and `vocabulary`, as far as the model has them.

    One without a `vocabulary` takes numbers, not tokens.
    """
    reasons = {"vocabulary": _vocabulary(getattr(parameters, "vocabulary", None), schema.features)}
    if isinstance(classes := getattr(parameters, "classes", None), int):
        reasons["classes"] = _classes(classes, schema)
    if isinstance(outputs := getattr(parameters, "outputs", None), int):
        reasons["outputs"] = _outputs(outputs, schema)
    return [f"{key}: {reason}" for key, reason in reasons.items() if reason]


def shaped(key: str, shape: tuple[int, ...], features: Features) -> list[str]:
    """The misfit of parameters `key` that say together what shape a sample has."""
    if features.shape == shape:
        return []
    found = list(features.shape)
    return [f"{key}: {list(shape)}, but the schema's features have shape {found}"]


def flattened(key: str, size: int, features: Features) -> list[str]:
    """The misfit of a parameter `key` that says how many numbers a sample has, in any shape."""
    found = math.prod(features.shape)
    if found == size:
        return []
    return [f"{key}: {size}, but features of shape {list(features.shape)} are {found} numbers"]


def counted(schema: Schema) -> str:
    """What is to be learnt, in words: `3 classes`, `1 target`."""
    if schema.objective is Objective.RECONSTRUCTION:
        return "neither labels nor targets"
    (count,) = schema.outputs
    word = "classes" if schema.objective is Objective.CLASSIFICATION else "targets"
    return f"{count} {word}" if count > 1 else "1 target"


def _classes(classes: int, schema: Schema) -> str:
    if schema.labels is None:
        return f"{classes}, but the schema has {counted(schema)}; labels are needed"
    found = schema.labels.classes
    return "" if found == classes else f"{classes}, but the schema has {found}"


def _outputs(outputs: int, schema: Schema) -> str:
    return (
        "" if schema.outputs == (outputs,) else f"{outputs}, but the schema has {counted(schema)}"
    )


def _vocabulary(vocabulary: int | None, features: Features) -> str:
    if vocabulary == features.vocabulary:
        return ""
    if vocabulary is None:
        return "the model has none and takes numbers, but the schema's features are tokens (int64)"
    if features.vocabulary is None:
        return f"{vocabulary}, but the schema's features are numbers; tokens (int64) are needed"
    return f"{vocabulary}, but the schema has {features.vocabulary}"
