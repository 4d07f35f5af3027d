"""Training, aggregation and evaluation in a process of their own, so that the node answers.

`TrainerProcess` is the node's side; `python -m provider_node.trainer` is the worker. Only the
worker imports torch.
"""

from provider_node.trainer.means import Means
from provider_node.trainer.process import TrainerProcess
from provider_node.trainer.protocol import (
    Aggregated,
    AggregateJob,
    Counted,
    CountJob,
    Evaluated,
    EvaluateJob,
    InspectJob,
    Personal,
    PrivacyTerms,
    Progress,
    Ready,
    Rejected,
    Trained,
    TrainJob,
    UpdateFile,
)

__all__ = [
    "AggregateJob",
    "Aggregated",
    "CountJob",
    "Counted",
    "EvaluateJob",
    "Evaluated",
    "InspectJob",
    "Means",
    "Personal",
    "PrivacyTerms",
    "Progress",
    "Ready",
    "Rejected",
    "TrainJob",
    "Trained",
    "TrainerProcess",
    "UpdateFile",
]
