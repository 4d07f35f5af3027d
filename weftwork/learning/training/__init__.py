"""Local training of one participant in one round, and the evaluation of a model."""

from weftwork.learning.training.determinism import deterministic, reseed
from weftwork.learning.training.evaluation import Evaluation, evaluate
from weftwork.learning.training.local import Participation, Trained, train

__all__ = [
    "Evaluation",
    "Participation",
    "Trained",
    "deterministic",
    "evaluate",
    "reseed",
    "train",
]
