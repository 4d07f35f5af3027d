"""Logit calibration: the loss sees logits that are shifted by how frequent each class is here.

`prior` (Menon et al. 2021; in federated learning Chen and Chao 2022), with n_c of a client's n
samples in class c of C:

    logit_c + strength log((n_c + smoothing) / (n + C smoothing))

`fedlc` (Zhang et al. 2022, Eq. 8):

    logit_c - strength (n_c + smoothing)^(-1/4)

A class that is rare here is then not unlearnt for being rare. A class that is absent, with little
smoothing, takes no part in the loss at all: nobody tells it from the others, where no client has
both. The model's own logits are as they are; only training sees the shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weftwork.learning.options import Decimal, NonNegative, Positive
from weftwork.learning.strategies.strategy import Client, Received, Role, Strategy

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LogitCalibration", "label_counts"]


class LogitCalibration(Strategy):
    """`strength` 0 is FedAvg; `smoothing` is a number of samples, added to each class."""

    name: Literal["logit-calibration"] = "logit-calibration"
    form: Literal["prior", "fedlc"] = "prior"
    strength: NonNegative = Decimal(1)
    smoothing: Positive = Decimal(1)

    roles = (Role.LOGITS,)
    needs_classes = True
    needs_labels = True

    def client(self, received: Received) -> Client:
        """Shifts by its own labels' counts."""
        return _Client(self._shift(label_counts(received)).float().to(received.weights.device))

    def _shift(self, counts: Tensor) -> Tensor:
        smoothed = counts + float(self.smoothing)
        if self.form == "fedlc":
            return -float(self.strength) * smoothed**-0.25
        return float(self.strength) * (smoothed / smoothed.sum()).log()


class _Client(Client):
    def __init__(self, shift: Tensor) -> None:
        self._shift = shift

    def logits(self, logits: Tensor, y: Tensor) -> Tensor:
        return logits + self._shift


def label_counts(received: Received) -> Tensor:
    """The samples of each class (classes,), float64 on the CPU; noise makes none negative."""
    if received.labels is None:
        raise ValueError("the samples of each class are needed, and were not given")
    return received.labels.detach().cpu().double().clamp(min=0)
