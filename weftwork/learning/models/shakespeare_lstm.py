"""`shakespeare-lstm` v1: LEAF's next character of a play (Caldas et al. 2018), from the last 80."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition, ModelParameters

if TYPE_CHECKING:
    from torch import nn


class ShakespeareLstmParameters(ModelParameters):
    """How many different tokens are read and, as classes, predicted; the widths of the network."""

    vocabulary: int = Field(80, ge=2, le=65536)
    classes: int = Field(80, ge=2, le=65536)
    embedding: int = Field(8, ge=1, le=4096)
    hidden: int = Field(256, ge=1, le=4096)
    layers: int = Field(2, ge=1, le=8)

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features must be one sequence of tokens, of any length."""
        found = super().misfits(schema)
        shape = schema.features.shape
        if len(shape) != 1:
            found.append(
                f"vocabulary: the schema's features have shape {list(shape)}; [length] is needed"
            )
        return found

    def weights(self) -> int:
        """The embedding, the LSTM, the output."""
        recurrent = counts.recurrent(4, self.embedding, self.hidden, self.layers)
        return (
            self.vocabulary * self.embedding + recurrent + counts.dense(self.hidden, self.classes)
        )


def build(parameters: ShakespeareLstmParameters) -> nn.Module:
    """(n, length) int64 -> (n, classes) logits; 819,920 weights at the defaults.

    Those are LEAF's 817,872 and 2,048 more: torch adds a second bias to each gate.
    """
    from torch import nn

    from weftwork.learning.models.layers import LastStep

    hidden = parameters.hidden
    return nn.Sequential(
        OrderedDict(
            embedding=nn.Embedding(parameters.vocabulary, parameters.embedding),
            lstm=nn.LSTM(parameters.embedding, hidden, parameters.layers, batch_first=True),
            last=LastStep(),
            output=nn.Linear(hidden, parameters.classes),
        )
    )


SHAKESPEARE_LSTM = ModelDefinition("shakespeare-lstm", 1, ShakespeareLstmParameters, build)
