"""`resnet8` and `resnet18` v1: residual networks for small images, with GroupNorm.

He et al. 2016: the three stages of their CIFAR networks with one block each, and the four stages of
ResNet-18 behind a stem for small images, 3 x 3 without pooling. Where a stage widens, the shortcut
is a convolution of 1 x 1. BatchNorm would mix the samples of a batch, so that none has a gradient
of its own to be clipped, and the participants' statistics; GroupNorm (Wu and He 2018) does neither.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from weftwork.learning.models import counts
from weftwork.learning.models.definition import ModelDefinition
from weftwork.learning.models.images import ImageParameters

if TYPE_CHECKING:
    from torch import nn


STAGES8 = (16, 32, 64)  # each but the first halves height and width
STAGES18 = (64, 128, 256, 512)


class ResNet8Parameters(ImageParameters):
    """The image's channels, height and width in pixels, the classes, and GroupNorm's groups."""

    groups: Literal[1, 2, 4, 8, 16] = 8

    def weights(self) -> int:
        """One block in each stage."""
        return _weights(self, STAGES8, blocks=1)


class ResNet18Parameters(ImageParameters):
    """The image's channels, height and width in pixels, the classes, and GroupNorm's groups."""

    groups: Literal[1, 2, 4, 8, 16, 32, 64] = 32

    def weights(self) -> int:
        """Two blocks in each stage."""
        return _weights(self, STAGES18, blocks=2)


def build8(parameters: ResNet8Parameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 78,042 weights at the defaults."""
    return _build(parameters, STAGES8, blocks=1)


def build18(parameters: ResNet18Parameters) -> nn.Module:
    """(n, channels, height, width) -> (n, classes) logits; 11,173,962 weights at the defaults."""
    return _build(parameters, STAGES18, blocks=2)


Parameters = ResNet8Parameters | ResNet18Parameters


def _build(parameters: Parameters, stages: tuple[int, ...], blocks: int) -> nn.Module:
    """A stem, `blocks` residual blocks of each width, the mean over all places, one dense layer."""
    from torch import nn

    from weftwork.learning.models.layers import Mean

    groups = parameters.groups
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        stem=_convolution(parameters.channels, stages[0], groups, size=3, stride=1),
        relu=nn.ReLU(),
    )
    for i, (width, following) in enumerate(pairwise((stages[0], *stages)), start=1):
        layers[f"stage{i}_block1"] = _block(width, following, groups, stride=1 if i == 1 else 2)
        for j in range(2, blocks + 1):
            layers[f"stage{i}_block{j}"] = _block(following, following, groups, stride=1)
    layers["mean"] = Mean()
    layers["output"] = nn.Linear(stages[-1], parameters.classes)
    return nn.Sequential(layers)


def _block(width: int, following: int, groups: int, stride: int) -> nn.Module:
    """ReLU(shortcut(x) + body(x)); a stride of 2 halves height and width."""
    from torch import nn

    from weftwork.learning.models.layers import Residual

    body = nn.Sequential(
        _convolution(width, following, groups, size=3, stride=stride),
        nn.ReLU(),
        _convolution(following, following, groups, size=3, stride=1),
    )
    if width == following:
        return nn.Sequential(Residual(body), nn.ReLU())
    shortcut = _convolution(width, following, groups, size=1, stride=stride)
    return nn.Sequential(Residual(body, shortcut), nn.ReLU())


def _convolution(width: int, following: int, groups: int, size: int, stride: int) -> nn.Module:
    """A convolution, whose bias would be the norm's, and the norm."""
    from torch import nn

    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(width, following, size, stride, padding=size // 2, bias=False),
            norm=nn.GroupNorm(groups, following),
        )
    )


def _weights(parameters: Parameters, stages: tuple[int, ...], blocks: int) -> int:
    count = _normed(parameters.channels, stages[0], 3 * 3)
    for width, following in pairwise((stages[0], *stages)):
        count += _normed(width, following, 3 * 3)
        count += (2 * blocks - 1) * _normed(following, following, 3 * 3)
        if width != following:
            count += _normed(width, following, 1)
    return count + counts.dense(stages[-1], parameters.classes)


def _normed(width: int, following: int, window: int) -> int:
    """A convolution without bias, and the norm's scale and shift."""
    return width * following * window + 2 * following


RESNET8 = ModelDefinition("resnet8", 1, ResNet8Parameters, build8)
RESNET18 = ModelDefinition("resnet18", 1, ResNet18Parameters, build18)
