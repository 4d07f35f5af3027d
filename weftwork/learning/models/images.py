"""What the models for images have in common: the image, and the classes to be told apart."""

from pydantic import Field

from weftwork.learning.data.schema import Schema
from weftwork.learning.models import fit
from weftwork.learning.models.definition import ModelParameters


class ImageParameters(ModelParameters):
    """The image's channels, height and width in pixels, and the number of classes."""

    channels: int = Field(3, ge=1, le=16)
    height: int = Field(32, ge=8, le=512)
    width: int = Field(32, ge=8, le=512)
    classes: int = Field(10, ge=2, le=65536)

    def misfits(self, schema: Schema) -> list[str]:
        """The schema's features must be (channels, height, width), and its classes `classes`."""
        image = (self.channels, self.height, self.width)
        found = fit.shaped("channels, height, width", image, schema.features)
        return found + super().misfits(schema)
