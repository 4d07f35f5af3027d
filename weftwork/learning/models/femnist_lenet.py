"""`femnist-lenet` v1: LEAF's network for FEMNIST (Caldas et al. 2018), handwritten characters."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.images import ImageParameters

if TYPE_CHECKING:
    from torch import nn


class FemnistLenetParameters(ImageParameters):
    """The image's channels, height and width in pixels, and the classes: 10 digits, 52 letters."""

    channels: int = Field(1, ge=1, le=16)
    height: int = Field(28, ge=4, le=512)
    width: int = Field(28, ge=4, le=512)
    classes: int = Field(62, ge=2, le=65536)
    hidden: int = Field(2048, ge=1, le=65536)

    @property
    def flat(self) -> int:
        """The numbers that two poolings leave of 64 channels."""
        return 64 * (self.height // 4) * (self.width // 4)

    def weights(self) -> int:
        """Two convolutions of 5 x 5 and two dense layers, each with its bias."""
        convolutions = counts.convolutions((self.channels, 32, 64), 5 * 5)
        return convolutions + counts.denses((self.flat, self.hidden, self.classes))


def build(parameters: FemnistLenetParameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 6,603,710 weights at the defaults."""
    from torch import nn

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(parameters.channels, 32, kernel_size=5, padding=2),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),  # halves height and width
            conv2=nn.Conv2d(32, 64, kernel_size=5, padding=2),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),  # a quarter of the image's
            flatten=nn.Flatten(),
            hidden=nn.Linear(parameters.flat, parameters.hidden),
            relu3=nn.ReLU(),
            output=nn.Linear(parameters.hidden, parameters.classes),
        )
    )


FEMNIST_LENET = ModelDefinition("femnist-lenet", 1, FemnistLenetParameters, build)
