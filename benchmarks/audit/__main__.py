"""What can be learnt of single samples from a model that was trained privately, beside the claim.

    python -m benchmarks.audit [--json FILE] [--seed N]

A training with 6,000 canaries for each row (or two), by the code that a provider node runs. Rows:

    audit_ddp_sgd_epsilon<claim>       lower bound of epsilon at 95 %, at the same delta; below it
    audit_ddp_sgd_epsilon<claim>_pure  the same with delta 0
    audit_two_rounds_epsilon<claim>    the same from the difference of two rounds' changes
    audit_broken_<defect>              of a training with a known mistake; above the claim
    audit_noise_multiplier             noise in the weights, beside the plan's; equal within 5 %
    audit_steps_seen                   how often a sample was in a batch, beside q T; within 5 %

`ratio` is the value over the peer's. Ends with code 1 if a row is not as it should be. One run
refutes only so much: a bound far below the claim does not say that less is spent, and the last two
rows find what the bounds are too coarse for.
"""

import argparse
import hashlib
import math
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks import report
from benchmarks.audit.bound import lower_bound
from benchmarks.audit.canaries import Canaries
from benchmarks.audit.defects import DEFECTS, Defective
from benchmarks.report import Row
from weftwork.learning.parameters import TrainingParameters
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.training import train
from weftwork.learning.training.privacy import Privacy

CANARIES, ORDINARY = 6000, 1000
CLAIMS = (1, 2, 8)
BROKEN_CLAIM = 2
DELTA = 1e-5
LEVEL = 0.05
# How many guesses to make is tried out; each trial has its part of the level (Bonferroni).
GUESSES = (40, 100, 200, 500, 1000, 2000, 6000)
# So small a rate that the steps change no gradient; and one that float32 can add to `sure` models.
RATE = "0.0000001"
RATE_OF_TWO = "0.0001"
TRAINING = TrainingParameters.model_validate(
    {"rounds": 1, "local_epochs": 10, "batch_size": 1000, "learning_rate": RATE, "seed": 1}
)
# Below every canary's norm: each counts as C.
MOVING = {"rule": "eq2", "max": "4"}
STILL = {"rule": "fixed", "initial": "1"}


def planned(epsilon: int, threshold: dict[str, str], rounds: int = 1) -> Plan:
    """A plan for the data set's size on average, which is no secret here."""
    values: dict[str, Any] = {
        "mode": "ddp-sgd",
        "epsilon": str(epsilon),
        "delta": str(DELTA),
        "samples": "exact",
        "threshold": threshold,
    }
    parameters = PrivacyParameters.model_validate(values)
    training = TRAINING.model_copy(update={"rounds": rounds})
    return Plan.of(parameters, training, ORDINARY + CANARIES // 2)


def trained(plan: Plan, seed: int, broken: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Train the plan's one round, or two; each canary's score, and whether it was inside.

    Of two rounds, the second starts with a model that no canary moves. Whoever takes part can send
    one. All that the changes then differ in is what the canaries did in the first, and noise.
    """
    canaries = Canaries.drawn(CANARIES, ORDINARY, seed)
    secret = hashlib.sha256(f"audit {seed}".encode()).digest()
    privacy = Privacy(plan, secret)
    if broken:
        privacy = Defective(plan, secret, defect=DEFECTS[broken])
    if plan.rounds == 1:
        return _change(canaries, canaries.model(), privacy, RATE), canaries.inside
    first = _change(canaries, canaries.model(), privacy, RATE_OF_TWO)
    second = _change(canaries, canaries.sure(), privacy, RATE_OF_TWO)
    return first - second, canaries.inside


def _change(canaries: Canaries, model: nn.Module, privacy: Privacy, rate: str) -> np.ndarray:
    """How far a round moves `model` along each canary's gradient."""
    before = canaries.scores(model)
    training = TRAINING.model_copy(update={"learning_rate": Decimal(rate)})
    train(model, training, canaries.dataset(), seed=1, privacy=privacy)
    return canaries.scores(model) - before


def bound(scores: np.ndarray, inside: np.ndarray, delta: float) -> float:
    """Guess that the highest scores are of canaries inside, and the lowest of others."""
    ranked = inside[np.argsort(scores, kind="stable")]
    found = []
    for guesses in GUESSES:
        half = guesses // 2
        right = int((~ranked[:half]).sum() + ranked[-half:].sum())
        found.append(lower_bound(len(inside), guesses, right, delta, LEVEL / len(GUESSES)))
    return max(found)


def bounds(seed: int) -> list[Row]:
    """Lower bounds of epsilon beside the claims."""
    rows = []
    for claim in CLAIMS:
        scores, inside = trained(planned(claim, MOVING), seed)
        for ending, delta in (("", DELTA), ("_pure", 0.0)):
            name = f"audit_ddp_sgd_epsilon{claim}{ending}"
            rows.append(_row(name, bound(scores, inside, delta), claim))
    one, two = planned(BROKEN_CLAIM, MOVING), planned(BROKEN_CLAIM, STILL, rounds=2)
    name = f"audit_two_rounds_epsilon{BROKEN_CLAIM}"
    rows.append(_row(name, bound(*trained(two, seed), DELTA), BROKEN_CLAIM))
    for broken, defect in DEFECTS.items():
        plan = two if defect.reused else one
        found = bound(*trained(plan, seed, broken), DELTA)
        rows.append(_row(f"audit_broken_{broken}", found, BROKEN_CLAIM))
    return rows


def sizes(seed: int) -> list[Row]:
    """A score is the plain number of a canary's steps, plus all steps' noise."""
    plan = planned(max(CLAIMS), STILL)  # the least noise
    scores, inside = trained(plan, seed)
    steps = plan.epochs * plan.steps_per_epoch
    scores = scores * plan.expected_batch / float(RATE)
    noise = float(scores[~inside].std()) / math.sqrt(steps)
    seen = float(scores[inside].mean())
    return [
        Row("audit_noise_multiplier", noise, "", "plan", plan.gradient_noise),
        Row("audit_steps_seen", seen, "steps", "q T", plan.sample_rate * steps),
    ]


def _row(name: str, bound: float, claim: int) -> Row:
    return Row(name, bound, "", "claimed epsilon", claim)


def wrong(row: Row) -> bool:
    """Whether a row is not as it should be."""
    ratio = row.ratio or 0.0
    if row.name in {"audit_noise_multiplier", "audit_steps_seen"}:
        return abs(ratio - 1) > 0.05
    if row.name.startswith("audit_broken_"):
        return ratio <= 1
    return ratio > 1 and not row.name.endswith("_pure")  # nobody claims a delta of 0


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Audit the privacy of a training by canaries.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--seed", type=int, default=1, help="of the coins and of the noise")
    options = parser.parse_args()
    torch.set_num_threads(1)
    machine = report.machine()
    rows = bounds(options.seed) + sizes(options.seed)
    report.show(rows)
    if options.json:
        report.write(options.json, rows, machine)
    if bad := [row.name for row in rows if wrong(row)]:
        sys.exit(f"not as it should be: {', '.join(bad)}")


if __name__ == "__main__":
    main()
