"""What a training needs of privacy, fixed before its first step, and what each round of it costs.

In the modes `ddp-sgd` and `ddp-sgd-paper` all of a plan follows from the task, the node's limit and
the *released* number of samples: it tells nothing more of the data.
"""

import math
from typing import Literal, Protocol, Self

from weftwork.config import Strict
from weftwork.learning.options import Decimal
from weftwork.learning.privacy import accounting
from weftwork.learning.privacy.errors import BudgetError
from weftwork.learning.privacy.mechanism import Mechanism, grouped
from weftwork.learning.privacy.parameters import PrivacyParameters, ThresholdParameters

__all__ = ["Plan", "Training", "split"]

# What one sample can do to a round's change, relative to what the whole data set can: two changes
# of length C are at most 2 C apart.
CLIENT_TO_SAMPLE = 2


class Training(Protocol):
    """What a plan must know of `TrainingParameters`."""

    @property
    def rounds(self) -> int: ...  # noqa: D102 - named as there
    @property
    def local_epochs(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102


class Plan(Strict):
    """The privacy of one provider in one task; `epsilon` is its budget for the whole of it.

    `samples` is N as it is told. `sample_rate` is q = B/N, at most 1; sums are divided by
    `expected_batch` = q N. `noise_multiplier` is a whole step's. A step with a side query (the
    norms that C follows) is one Gaussian in two parts: `gradient_noise` for the clipped sum, in
    units of C, and `side_noise`, in units of the side query's sensitivity. Without one `side_noise`
    is None. `joining` is what was released before the first round: counts, with noise of the
    standard deviation `count_noise` (None: label counts may be used exactly, since all that is
    uploaded is protected as a whole).
    """

    mode: Literal["ddp-sgd", "ddp-sgd-paper", "client-level"]
    epsilon: Decimal
    delta: Decimal
    accountant: accounting.Accountant
    samples: int
    batch_size: int
    epochs: int
    rounds: int
    threshold: ThresholdParameters
    joining: tuple[Mechanism, ...]
    count_noise: float | None
    noise_multiplier: float
    gradient_noise: float
    side_noise: float | None

    @classmethod
    def of(
        cls,
        parameters: PrivacyParameters,
        training: Training,
        samples: int,
        *,
        epsilon: Decimal | None = None,
        labels: bool = False,
    ) -> Self:
        """The plan for a released number of `samples`; `labels`: noisy label counts are needed.

        `epsilon` is the node's own limit, if smaller than the task's. Takes seconds. Raises
        `BudgetError` if the budget does not even pay for the noisy counts.
        """
        if parameters.mode == "none" or parameters.epsilon is None or parameters.delta is None:
            raise ValueError("mode none has no plan")
        if samples < 1:
            raise ValueError(f"{samples} samples: at least 1 is needed")
        if epsilon is not None and epsilon <= 0:
            raise BudgetError("the node's limit leaves no epsilon at all: nothing can be learnt")
        client = parameters.mode == "client-level"
        draft = cls(
            mode=parameters.mode,
            epsilon=parameters.epsilon if epsilon is None else min(epsilon, parameters.epsilon),
            delta=parameters.delta,
            accountant=parameters.accountant,
            samples=samples,
            batch_size=training.batch_size,
            epochs=training.local_epochs,
            rounds=training.rounds,
            threshold=parameters.threshold,
            joining=_joining(parameters, labels),
            count_noise=None if client else float(parameters.count_noise),
            noise_multiplier=math.nan,
            gradient_noise=math.nan,
            side_noise=None,
        )
        return draft.model_copy(update=_noise(draft))

    @property
    def guarantee(self) -> bool:
        """Whether `epsilon` and `delta` hold for what is uploaded."""
        return self.mode != "ddp-sgd-paper"

    @property
    def sample_rate(self) -> float:
        """The probability q that a sample is in a batch."""
        return min(1.0, self.batch_size / self.samples)

    @property
    def expected_batch(self) -> int:
        """The size of a batch on average, q N."""
        return min(self.batch_size, self.samples)

    @property
    def steps_per_epoch(self) -> int:
        """An epoch has so many steps, whatever their batches hold."""
        return math.ceil(self.samples / self.batch_size)

    def private(self, epoch: int) -> bool:
        """Whether the steps of `epoch` (0 to epochs - 1) clip and add noise."""
        return self.mode == "ddp-sgd" or (self.mode == "ddp-sgd-paper" and epoch == self.epochs - 1)

    def round_mechanism(self, noise_multiplier: float | None = None) -> Mechanism:
        """What one round releases, with the plan's noise or with another."""
        noise = self.noise_multiplier if noise_multiplier is None else noise_multiplier
        if self.mode == "client-level":
            return Mechanism(1.0, noise)
        epochs = sum(self.private(epoch) for epoch in range(self.epochs))
        return Mechanism(self.sample_rate, noise, epochs * self.steps_per_epoch)

    def round_spend(self) -> Mechanism:
        """What one round costs a single sample: what is booked in the data set's account."""
        if self.mode == "client-level":
            return Mechanism(1.0, self.noise_multiplier / CLIENT_TO_SAMPLE)
        return self.round_mechanism()

    def spends(self, rounds: int, joinings: int = 1) -> tuple[Mechanism, ...]:
        """What the joining and so many rounds cost a single sample."""
        return grouped((*joinings * self.joining, *_times(self.round_spend(), rounds)))

    def epsilon_after(self, rounds: int, joinings: int = 1) -> float:
        """The epsilon of the task, at the plan's delta, after the joining and so many rounds.

        More than one joining: a secret was lost, and counts were released under another again.
        """
        released = (*joinings * self.joining, *_times(self.round_mechanism(), rounds))
        return accounting.epsilon(released, float(self.delta), self.accountant)


def split(noise_multiplier: float, ratio: float) -> tuple[float, float]:
    """The noise of the gradient and of the side query that together are one step's.

    1 / sigma^2 = 1 / sigma_gradient^2 + 1 / sigma_side^2 with sigma_side = `ratio` sigma, each in
    units of its query's sensitivity: scaled to equal noise, the two are one vector (Andrew et al.
    2021, theorem 1).
    """
    return noise_multiplier / math.sqrt(1 - ratio**-2), ratio * noise_multiplier


def _noise(draft: Plan) -> dict[str, float | None]:
    """The three noise multipliers that keep the draft to its budget."""
    whole = draft.round_mechanism(1.0)
    sigma = accounting.noise_multiplier(
        float(draft.epsilon),
        float(draft.delta),
        whole.sample_rate,
        whole.count * draft.rounds,
        beside=draft.joining,
        accountant=draft.accountant,
    )
    if draft.mode != "ddp-sgd" or draft.threshold.rule == "fixed":
        return {"noise_multiplier": sigma, "gradient_noise": sigma, "side_noise": None}
    gradient, side = split(sigma, float(draft.threshold.noise_ratio))
    return {"noise_multiplier": sigma, "gradient_noise": gradient, "side_noise": side}


def _joining(parameters: PrivacyParameters, labels: bool) -> tuple[Mechanism, ...]:
    """The noisy counts. Client-level tells none: the data set's size has no bounded sensitivity."""
    if parameters.mode == "client-level":
        return ()
    releases = int(parameters.samples == "noisy") + int(labels)
    return _times(Mechanism(1.0, float(parameters.count_noise)), releases)


def _times(mechanism: Mechanism, count: int) -> tuple[Mechanism, ...]:
    if not count:
        return ()
    return (Mechanism(mechanism.sample_rate, mechanism.noise_multiplier, count * mechanism.count),)
