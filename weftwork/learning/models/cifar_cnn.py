"""`cifar-cnn` v1: EasyFL's simple_cnn (Zhuang et al. 2022), for CIFAR-10."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import Field

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.images import ImageParameters

if TYPE_CHECKING:
    from torch import nn


class CifarCnnParameters(ImageParameters):
    """The image's channels, height and width in pixels, and the number of classes."""

    height: int = Field(32, ge=18, le=512, description="of 18, one number is left at the end")
    width: int = Field(32, ge=18, le=512)

    @property
    def flat(self) -> int:
        """The numbers that three convolutions without padding and two poolings leave."""
        return 64 * _left(self.height) * _left(self.width)

    def weights(self) -> int:
        """Three convolutions of 3 x 3 and two dense layers, each with its bias."""
        convolutions = counts.convolutions((self.channels, 32, 64, 64), 3 * 3)
        return convolutions + counts.denses((self.flat, 64, self.classes))


def _left(pixels: int) -> int:
    """Each convolution takes a pixel at either side, each pooling leaves half: 32, 15, 6, 4."""
    return ((pixels - 2) // 2 - 2) // 2 - 2


def build(parameters: CifarCnnParameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 122,570 weights at the defaults.

    As in EasyFL, no activation follows the third convolution.
    """
    from torch import nn

    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(parameters.channels, 32, kernel_size=3),
            pool1=nn.MaxPool2d(2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(32, 64, kernel_size=3),
            pool2=nn.MaxPool2d(2),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(64, 64, kernel_size=3),
            flatten=nn.Flatten(),
            hidden=nn.Linear(parameters.flat, 64),
            relu3=nn.ReLU(),
            output=nn.Linear(64, parameters.classes),
        )
    )


CIFAR_CNN = ModelDefinition("cifar-cnn", 1, CifarCnnParameters, build)
