"""Training, aggregation, evaluation and judging in a process of their own: the node answers.

`TrainerProcess` is the node's side; `python -m provider_node.trainer` is the worker. Only the
worker imports torch.
"""

from provider_node.trainer.judgements import Judged, JudgeJob, Signed, Submitted, Verdict
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
    "JudgeJob",
    "Judged",
    "Means",
    "Personal",
    "PrivacyTerms",
    "Progress",
    "Ready",
    "Signed",
    "Submitted",
    "TrainJob",
    "Trained",
    "TrainerProcess",
    "UpdateFile",
    "Verdict",
]
