"""`cnn` v1: two convolutions, two poolings, two dense layers; for small images such as MNIST."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.images import ImageParameters

if TYPE_CHECKING:
    from torch import nn


class CnnParameters(ImageParameters):
    """The image's channels, height and width in pixels, and the number of classes."""

    channels: int = Field(1, ge=1, le=16)
    height: int = Field(28, ge=4, le=512)
    width: int = Field(28, ge=4, le=512)

    @property
    def flat(self) -> int:
        """The numbers that two poolings leave of 32 channels."""
        return 32 * (self.height // 4) * (self.width // 4)

    def weights(self) -> int:
        """Two convolutions of 3 x 3 and two dense layers, each with its bias."""
        convolutions = counts.convolutions((self.channels, 16, 32), 3 * 3)
        return convolutions + counts.denses((self.flat, 64, self.classes))


def build(parameters: CnnParameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 105,866 weights at the defaults."""
    from torch import nn

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(parameters.channels, 16, kernel_size=3, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),  # halves height and width
            conv2=nn.Conv2d(16, 32, kernel_size=3, padding=1),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),  # a quarter of the image's
            flatten=nn.Flatten(),
            hidden=nn.Linear(parameters.flat, 64),
            relu3=nn.ReLU(),
            output=nn.Linear(64, parameters.classes),
        )
    )


CNN = ModelDefinition("cnn", 1, CnnParameters, build)
