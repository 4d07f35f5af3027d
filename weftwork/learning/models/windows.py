"""What the models for sensors have in common: a window of their readings, and what it tells."""

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models.definition import ModelParameters


class WindowParameters(ModelParameters):
    """The sensors' channels, and the number of classes or of targets."""

    channels: int = Field(ge=1, le=4096)
    outputs: int = Field(ge=1, le=65536)

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features must be (channels, any length)."""
        found = []
        shape = schema.features.shape
        if len(shape) != 2 or shape[0] != self.channels:
            found.append(
                f"channels: {self.channels}, but the schema's features have shape {list(shape)}; "
                f"[{self.channels}, length] is needed"
            )
        return found + super().misfits(schema)
