"""Trainings that one process does, or several together: `python members.py RANK SIZE FOLDER`.

What a member ends with is left in FOLDER as CASE-RANK.safetensors; the leader's is what counts.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tests.unit.learning.examples import MLP, SCHEMA, digits, training
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.data import Dataset
from weftwork.learning.errors import LostMemberError
from weftwork.learning.models import build
from weftwork.learning.privacy.parameters import PrivacyParameters
from weftwork.learning.privacy.plan import Plan
from weftwork.learning.training import Execution, Group, Participation, Trained, join, train
from weftwork.learning.training.privacy import Privacy

DATA = digits(classes=(0, 1))
RULES = ("fixed", "quantile", "eq2")


class Nameless(Execution):
    """Draws the noise of one process, so that the sums may be compared with its."""

    @property
    def name(self) -> str:
        return ""


class CrashError(Exception):
    """As a killed process."""


def mlp() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return build(MLP)


def privacy(samples: int = len(DATA), **terms: Any) -> Privacy:
    asked = {"mode": "ddp-sgd", "epsilon": 8, "delta": "1e-5", "accountant": "rdp"} | terms
    parameters = PrivacyParameters.model_validate(asked)
    return Privacy(Plan.of(parameters, training(batch_size=64), samples), bytes(range(32)))


def trained(
    group: Group,
    protected: Privacy | None = None,
    *,
    network: nn.Module | None = None,
    data: Dataset = DATA,
    participation: Participation | None = None,
    until: int = 0,
    **changes: Any,
) -> Trained:
    def interrupt(done: int, _: int) -> None:
        if done == until:
            raise CrashError

    return train(
        network or mlp(),
        training(**{"batch_size": 64, "momentum": "0"} | changes),
        data,
        seed=1,
        schema=SCHEMA,
        participation=participation or Participation(),
        privacy=protected,
        execution=Nameless(group),
        on_epoch=interrupt,
    )


def ended(result: Trained) -> dict[str, Tensor]:
    carried = result.memory.get("privacy.threshold", torch.tensor(0.0))
    loss = torch.tensor(result.loss_micro)
    return {"weights": result.arena.vector, "threshold": carried.reshape(1), "loss": loss}


def plain(group: Group, _: Path) -> dict[str, Tensor]:
    """The last batch is smaller than the others, and odd."""
    return ended(trained(group, batch_size=50, momentum="0.5"))


def private(rule: str) -> "Case":
    def run(group: Group, _: Path) -> dict[str, Tensor]:
        return ended(trained(group, privacy(threshold={"rule": rule, "initial": "0.5"})))

    return run


def paper(group: Group, _: Path) -> dict[str, Tensor]:
    return ended(trained(group, privacy(mode="ddp-sgd-paper")))


def client_level(group: Group, _: Path) -> dict[str, Tensor]:
    terms = {"rule": "fixed", "initial": "0.1"}
    return ended(trained(group, privacy(mode="client-level", threshold=terms)))


def one_sample(group: Group, _: Path) -> dict[str, Tensor]:
    """Fewer than there are processes."""
    return ended(trained(group, data=Dataset(DATA.x[:1], DATA.y[:1])))


def mostly_empty(group: Group, _: Path) -> dict[str, Tensor]:
    """Of a plan for many samples there are two: most of the 200 batches have none."""
    few = Dataset(DATA.x[:2], DATA.y[:2])
    return ended(trained(group, privacy(6400, threshold={"rule": "quantile"}), data=few))


def reference(group: Group, _: Path) -> dict[str, Tensor]:
    return ended(trained(group, strategy="fedntd"))


def dropout(group: Group, _: Path) -> dict[str, Tensor]:
    """Each sample's outputs survive or not; what did is the gradient of the last layer's bias."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(64, 10))
    same = Dataset(np.ones_like(DATA.x), np.zeros_like(DATA.y))
    seen: list[Tensor] = []
    network[1].register_forward_hook(lambda *inside: seen.append(inside[2].detach()[0]))
    result = ended(trained(group, network=network, data=same, local_epochs=1))
    return result | {"first": seen[0]}


def resumed(group: Group, folder: Path) -> dict[str, Tensor]:
    """Both a training that was interrupted, and one that was not."""
    found = {}
    for name, protected in (("plain", None), ("private", privacy())):
        part = Participation(checkpoint=folder / f"{name}-{group.size}", identity="a")
        changes: dict[str, Any] = {"local_epochs": 4, "momentum": "0.5"}
        try:
            trained(group, protected, participation=part, until=2, **changes)
        except CrashError:
            again = trained(group, protected, participation=part, **changes)
            found[name] = again.arena.vector
            found[f"{name} whole"] = trained(group, protected, **changes).arena.vector
    return found


def disagreeing(group: Group, _: Path) -> dict[str, Tensor]:
    """One has another data set."""
    rows = slice(0, len(DATA) - group.rank)
    try:
        trained(group, data=Dataset(DATA.x[rows], DATA.y[rows]))
    except EnvironmentFaultError as error:
        return {"said": torch.tensor(list(str(error).encode()))}
    return {}


Case = Callable[[Group, Path], dict[str, Tensor]]
CASES: dict[str, Case] = {
    **{f"private {rule}": private(rule) for rule in RULES},
    **{
        case.__name__: case
        for case in (
            plain, paper, client_level, one_sample, mostly_empty,
            reference, dropout, resumed, disagreeing,
        )
    },
}  # fmt: skip


def main() -> None:
    rank, size, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    group = join(rank, size, "cpu", folder / "meeting")
    for name, case in CASES.items():
        save_file(case(group, folder), folder / f"{name}-{rank}.safetensors")
    if group.leads:  # the others have gone, or are about to
        try:
            group.total(torch.ones(3))
        except LostMemberError as error:
            (folder / "lost").write_text(str(error))
    os._exit(0)  # as one that is gone: Gloo's threads may abort a process that ends in order


if __name__ == "__main__":
    main()
