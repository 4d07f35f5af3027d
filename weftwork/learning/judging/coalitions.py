"""What the mean of a round is worth on a member's data when some of its updates are absent.

With base model G, updates w_k and weights p_k = n_k / (n_1 + ... + n_K), the coalition S is worth

    v(S) = -L(G + sum of p_k (w_k - G) over k in S),  L the mean loss on the member's data.

Who is absent leaves the base model in its place, and the others' weights stay as they are. Then, in
first order, v(all) - v(all without k) is p_k times what w_k alone would change, and these share out
what the whole round gained. Were the weights made to add up to 1 again, the mean without k would be
mean - p_k / (1 - p_k) (w_k - mean): each would be compared with the others' average, p_k (w_k -
mean) adds up to zero, and half of all honest providers would have a negative score in every round,
however much it gained. A global model that is sent back has w_k = G, and exactly 0.

It is the weighted mean whatever rule the task aggregates by: under a median or Krum nearly every
single update can be absent without a change, so that nobody would have contributed anything.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from weftwork.learning.data import Dataset, Objective
from weftwork.learning.judging.bounds import MAX_LOSS_MICRO
from weftwork.learning.judging.tensors import Floats32, Tensors
from weftwork.learning.training import evaluate

__all__ = ["Coalitions"]


class Coalitions:
    """The game above; its values are in millionths, and are kept.

    Beside the files' pages it holds `model`, which holds the base model's numbers at first and is
    written over, the mean, and room for one tensor.
    """

    def __init__(
        self,
        model: nn.Module,
        base: Tensors,
        updates: dict[int, Tensors],
        samples: dict[int, int],
        data: Dataset,
        objective: Objective,
        physical_batch: int | None = None,
    ) -> None:
        self.players = sorted(updates)
        self._model = model
        self._places = {
            name: one for name, one in model.state_dict().items() if one.dtype is torch.float32
        }
        self._base = base
        self._updates = updates
        total = sum(samples[one] for one in updates)
        self._weights = {one: np.float32(samples[one] / total) for one in updates}
        self._data = data
        self._objective = objective
        self._physical_batch = physical_batch
        self._mean = {name: self._sum(name, base[name], 1, self.players) for name in self._places}
        self._known: dict[frozenset[int], int] = {}

    def value(self, present: frozenset[int]) -> int:
        """What these are worth, in millionths of mean loss."""
        if present not in self._known:
            self._known[present] = -self._loss(present)
        return self._known[present]

    @torch.no_grad()
    def _loss(self, present: frozenset[int]) -> int:
        """From the mean or from the base model, whichever is nearer."""
        absent = [one for one in self.players if one not in present]
        near_mean = len(absent) <= len(present)
        for name, place in self._places.items():
            if near_mean:
                numbers = self._sum(name, self._mean[name], -1, absent)
            else:
                numbers = self._sum(name, self._base[name], 1, sorted(present))
            place.copy_(torch.from_numpy(numbers).view(place.shape))
        result = evaluate(
            self._model, self._data, self._objective, physical_batch=self._physical_batch
        )
        loss = result.loss_micro
        return min(loss, MAX_LOSS_MICRO) if loss >= 0 else MAX_LOSS_MICRO

    def _sum(self, name: str, start: Floats32, sign: int, players: Sequence[int]) -> Floats32:
        """`start` with these players' weighted moves added or taken away."""
        total = np.array(start)
        move = np.empty_like(total)
        with np.errstate(all="ignore"):  # what is not finite has the largest loss
            for one in players:
                np.subtract(self._updates[one][name], self._base[name], out=move)
                move *= sign * self._weights[one]
                total += move
        return total
