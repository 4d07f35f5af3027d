"""Where an update's verdict changes. What is measured on both sides: `docs/reference/judging.md`.

They are the same for every task, so that a committee's members judge alike.
"""

__all__ = [
    "AGAINST",
    "FEW",
    "HARM",
    "HARM_LOSS_SHARE",
    "LIGHT",
    "LITTLE_WORK",
    "MAX_LOSS_MICRO",
    "MAX_SAMPLES",
    "MIN_SAMPLES",
    "NORM_DEVIATIONS",
    "NORM_LARGE",
    "NORM_LARGE_OF_FEW",
    "NORM_SMALL",
    "SAME",
    "SAME_CLOSENESS",
    "SAME_OF_TWO",
    "STANDING_STILL",
    "TRAINING_SHARE",
]

# Samples that a member scores on: enough to tell updates apart, few enough to be no cost. Where so
# many would cost more than one part in TRAINING_SHARE of what an update's training cost, and more
# than LITTLE_WORK (weights times samples times models: a fraction of a second), it is fewer.
MAX_SAMPLES = 512
MIN_SAMPLES = 64
TRAINING_SHARE = 40
LITTLE_WORK = 500_000_000

# A model whose mean loss is larger, or no number, counts as one with this mean loss.
MAX_LOSS_MICRO = 10**12

# An update that moved less than this part of the base model's norm has not been trained: float32
# itself rounds to 6e-8.
STANDING_STILL = 1e-6

# A norm is too large from so many times the round's lower median on, and from NORM_DEVIATIONS
# robust standard deviations of log norms; of fewer than FEW updates the first is all there is to go
# by, and has to be wider. An update of more samples than the median one may be longer in proportion
# (it takes as many more steps).
NORM_LARGE = 4.0
NORM_LARGE_OF_FEW = 10.0
FEW = 5
NORM_DEVIATIONS = 4.0
# It is too small by this factor: a private task's noisy clipping threshold can fall to a hundredth.
NORM_SMALL = 300.0

# Two directions are the same from this cosine on. Noise of relative norm r takes a copy's cosine to
# 1 / sqrt(1 + r^2): r = 0.17.
SAME = 0.985
# Where a round's directions are alike anyway, two must be closer than the typical two: 1 - cosine
# at most this many times smaller.
SAME_CLOSENESS = 10.0
# Of two updates nothing says what is typical.
SAME_OF_TWO = 0.999

# An update is harmful whose score is below -HARM times the round's typical change: the median of
# the scores' absolute values, at least HARM_LOSS_SHARE of the base model's loss, times its weight.
HARM = 5.0
HARM_LOSS_SHARE = 0.3
# Or whose score is negative, and whose direction has at most this cosine to that of all others.
AGAINST = -0.55
# ... unless it weighs less than this part of the lower median: little of it reaches the mean, and
# DLMU draws an honest provider with few samples back to its last model.
LIGHT = 0.25
