"""`vgg9` v1: six convolutions and three dense layers, as FedMA has it (Wang et al. 2020).

Without FedMA's dropout, so that the gradient of a sample depends on nothing but the sample.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.images import ImageParameters

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (32, 64, 128, 128, 256, 256)  # a pooling after each second convolution
HIDDEN = 512


class Vgg9Parameters(ImageParameters):
    """The image's channels, height and width in pixels, and the number of classes."""

    @property
    def flat(self) -> int:
        """The numbers that three poolings leave of 256 channels."""
        return WIDTHS[-1] * (self.height // 8) * (self.width // 8)

    def weights(self) -> int:
        """Six convolutions of 3 x 3 and three dense layers, each with its bias."""
        convolutions = counts.convolutions((self.channels, *WIDTHS), 3 * 3)
        return convolutions + counts.denses((self.flat, HIDDEN, HIDDEN, self.classes))


def build(parameters: Vgg9Parameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 3,491,530 weights at the defaults."""
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (channels, following) in enumerate(pairwise((parameters.channels, *WIDTHS)), start=1):
        layers[f"conv{i}"] = nn.Conv2d(channels, following, kernel_size=3, padding=1)
        layers[f"relu{i}"] = nn.ReLU()
        if i % 2 == 0:
            layers[f"pool{i}"] = nn.MaxPool2d(2)  # halves height and width
    layers["flatten"] = nn.Flatten()
    for i, width in enumerate((parameters.flat, HIDDEN), start=1):
        layers[f"hidden{i}"] = nn.Linear(width, HIDDEN)
        layers[f"hidden_relu{i}"] = nn.ReLU()
    layers["output"] = nn.Linear(HIDDEN, parameters.classes)
    return nn.Sequential(layers)


VGG9 = ModelDefinition("vgg9", 1, Vgg9Parameters, build)
