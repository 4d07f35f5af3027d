"""Local training of one participant in one round, and the evaluation of a model."""

from weftwork.learning.training.determinism import deterministic, reseed
from weftwork.learning.training.evaluation import Evaluation, evaluate, for_evaluation
from weftwork.learning.training.execution import Execution
from weftwork.learning.training.group import ALONE, Group, join
from weftwork.learning.training.local import Participation, Trained, train

__all__ = [
    "ALONE",
    "Evaluation",
    "Execution",
    "Group",
    "Participation",
    "Trained",
    "deterministic",
    "evaluate",
    "for_evaluation",
    "join",
    "reseed",
    "train",
]
