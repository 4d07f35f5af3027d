"""What a factory reaches by itself: the same model and seed, as many epochs, its own data.

`python -m demo.alone TASK_FILE TOPOLOGY_FILE --json` prints `{"factory1": accuracy in ppm, ...}`.
It is a process of its own, so that torch is loaded only here.
"""

import json
import sys
from pathlib import Path

from network import topology
from requester_cli import taskfile
from weftwork.learning.data import Dataset, load
from weftwork.learning.models import build


def accuracies(task_file: Path, topology_file: Path) -> dict[str, int]:
    """Accuracy on the task's validation data, in parts per million, of each provider alone."""
    task, validation = taskfile.read(task_file)
    if validation is None:
        return {}
    found = {}
    for organisation in topology.load(topology_file).organisations:
        if organisation.node.role != "provider":
            continue
        own = load(organisation.node.data[0].source, task.data.schema_)
        found[organisation.name] = _accuracy(task, own, validation)
    return found


def _accuracy(task: taskfile.TaskFile, own: Dataset, validation: Dataset) -> int:
    import torch

    from weftwork.learning.training import evaluate, train

    torch.set_num_threads(1)  # a model this small loses by sharing its work among threads
    torch.manual_seed(task.training.seed)
    model = build(task.model)
    epochs = task.training.rounds * task.training.local_epochs
    changes = {"local_epochs": epochs}
    train(model, task.training.model_copy(update=changes), own, seed=task.training.seed)
    return evaluate(model, validation).accuracy_ppm


if __name__ == "__main__":
    json.dump(accuracies(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
