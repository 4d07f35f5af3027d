"""The few steps of our networks that torch has no module for; none holds a parameter of its own."""

from torch import Tensor, nn


class Residual(nn.Module):
    """x -> shortcut(x) + body(x); the shortcut is x itself if there is none."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Body and shortcut must give the same shape."""
        shortcut: Tensor = self.shortcut(x)
        body: Tensor = self.body(x)
        return shortcut + body


class Mean(nn.Module):
    """(n, channels, ...) -> (n, channels): the mean over all places.

    torch's adaptive pooling to output size 1 is this mean, too, but has a class for each number of
    axes. To larger sizes it is not deterministic on a GPU.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The mean over all axes but the first two."""
        return x.flatten(2).mean(dim=2)


class Steps(nn.Module):
    """(n, channels, length) -> (n, length, channels): a window as a recurrent layer reads it."""

    def forward(self, x: Tensor) -> Tensor:
        """A view of `x`."""
        return x.transpose(1, 2)


class LastStep(nn.Module):
    """What a recurrent layer gives, (n, length, hidden) and its state -> (n, hidden)."""

    def forward(self, given: tuple[Tensor, object]) -> Tensor:
        """The output of the last layer after the last step."""
        return given[0][:, -1]
