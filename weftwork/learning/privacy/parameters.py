"""The `privacy` section of a task: mode and budget. Needs neither torch nor an accountant."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from weftwork.config import Strict
from weftwork.learning.options import Decimal, Positive

__all__ = ["Mode", "PrivacyParameters", "ThresholdParameters"]

Mode = Literal["none", "ddp-sgd", "ddp-sgd-paper", "client-level"]


def _in_millionths(value: Decimal) -> Decimal:
    if value != round(value, 6):
        raise ValueError("must have at most 6 digits after the point: the ledger counts millionths")
    return value


Epsilon = Annotated[Positive, Field(le=1000), AfterValidator(_in_millionths)]
Delta = Annotated[Positive, Field(lt=1)]


class ThresholdParameters(Strict):
    """How the clipping threshold C moves; it begins at `initial` and stays in [min, max].

    `eq2`: extrapolated from the mean gradient norms of the two epochs before (paper, Eq. 2).
    `quantile`: so that a share of `quantile` of the norms lies below C, at `rate` (Andrew et al.
    2021). `fixed`: stays at `initial`. Where the norms that C follows are privatised, their query
    has `noise_ratio` times the noise multiplier of the whole step: the gradient then needs
    1 / sqrt(1 - 1 / noise_ratio^2) times the noise (2 % more for 5).
    """

    rule: Literal["eq2", "quantile", "fixed"] = "eq2"
    initial: Positive = Decimal(1)
    min: Positive = Decimal("0.01")
    max: Positive = Decimal(100)
    quantile: Annotated[Positive, Field(lt=1)] = Decimal("0.5")
    rate: Annotated[Positive, Field(le=10)] = Decimal("0.2")
    noise_ratio: Annotated[Positive, Field(gt=1)] = Decimal(5)

    @model_validator(mode="after")
    def _ordered(self) -> "ThresholdParameters":
        if self.rule != "fixed" and not self.min <= self.initial <= self.max:
            raise ValueError(
                f"initial: {self.initial} must be between min ({self.min}) and max ({self.max})"
            )
        return self


class PrivacyParameters(Strict):
    """`privacy` of a task's definition, as the ledger keeps it; `neighbouring` has but one value.

    `ddp-sgd`: every local step is private. `ddp-sgd-paper`: only the last epoch of each round, as
    in the paper: no formal guarantee. `client-level`: the round's whole change is clipped and
    noised; what is protected is one provider's whole data set. `epsilon` and `delta` are for the
    whole task, all rounds together; a node may have less to spend, never more. Where a budget is
    given and no mode, it is `ddp-sgd`.

    `samples`: whether a provider tells how many samples it has exactly, outside the guarantee, or
    with noise. The noise of this count, and of the label counts that some strategies need, has
    the standard deviation `count_noise`; both are paid for from the budget.

    `unknown_layers`: what becomes of a model with a layer that the private engine has no rule for;
    `vmap` writes down every sample's gradient, which is slow and takes much memory.
    """

    mode: Mode = "none"
    epsilon: Epsilon | None = None
    delta: Delta | None = None
    accountant: Literal["pld", "rdp"] = "pld"
    neighbouring: Literal["add-or-remove-one"] = "add-or-remove-one"
    threshold: ThresholdParameters = ThresholdParameters()
    samples: Literal["noisy", "exact"] = "noisy"
    count_noise: Positive = Decimal(20)
    unknown_layers: Literal["refuse", "vmap"] = "refuse"

    @property
    def fallback(self) -> bool:
        """Whether layers without a rule are trained by `vmap`."""
        return self.unknown_layers == "vmap"

    @model_validator(mode="before")
    @classmethod
    def _of_a_budget(cls, given: Any) -> Any:
        """Who names a budget and no mode wants what it says: a formal guarantee for a sample."""
        budget = ("epsilon", "delta")
        if isinstance(given, dict) and any(given.get(key) is not None for key in budget):
            return {"mode": "ddp-sgd"} | given
        return given

    @model_validator(mode="after")
    def _consistent(self) -> "PrivacyParameters":
        if found := [*self._budget_problems(), *self._threshold_problems()]:
            raise ValueError("; ".join(found))
        return self

    def _budget_problems(self) -> list[str]:
        budget = {"epsilon": self.epsilon, "delta": self.delta}
        if self.mode == "none":
            given = [key for key, value in budget.items() if value is not None]
            return [f"{key}: needs a mode, and mode is none" for key in given]
        missing = [key for key, value in budget.items() if value is None]
        return [f"{key}: mode {self.mode} needs one" for key in missing]

    def _threshold_problems(self) -> list[str]:
        rule = self.threshold.rule
        if self.mode == "client-level" and rule != "fixed":
            return [
                f"threshold.rule: {rule} follows the norms of samples; client-level needs fixed"
                " (and threshold.initial, the norm that a round's change is clipped to)"
            ]
        if self.mode == "ddp-sgd-paper" and rule == "quantile":
            return ["threshold.rule: quantile needs private steps; ddp-sgd-paper has eq2 or fixed"]
        return []
