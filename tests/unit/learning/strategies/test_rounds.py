"""Whole rounds through files: the bits of rounds in memory, and of nodes that never restarted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.unit.learning.strategies.federation import Federation, composition
from weftwork.learning.aggregation import Layout, Update, aggregate, examine
from weftwork.learning.arena import Arena
from weftwork.learning.memory import recall, remember
from weftwork.learning.strategies import Finished
from weftwork.learning.updates import server_state, update_to_bytes

LISTS: list[tuple[dict[str, Any] | str, ...]] = [
    ("fedavg",),
    ("fedprox", "server-momentum"),
    ("scaffold",),
    ("scaffold", {"name": "server-momentum", "momentum": 0, "rate": "0.7"}),
    ("feddyn",),
    ({"name": "dlmu", "tau": "0.2"}, "server-adam"),
    ("dlmu", "scaffold", "server-yogi"),
    ("dlmu", "feddyn"),
]


def name_of(options: tuple[dict[str, Any] | str, ...]) -> str:
    return "+".join(one if isinstance(one, str) else one["name"] for one in options)


class Tiny(nn.Module):
    """Four numbers in two tensors, as many as the quadratic losses have."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 1)


@dataclass
class OnDisk(Federation):
    """The same rounds, but what leaves a client or an aggregate is a file in `folder`."""

    folder: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        self.model = Tiny()
        self.arena = Arena(self.model)
        self.base = self._written("0", self.weights, Finished())

    def _written(self, name: str, weights: Tensor, left: Finished) -> Path:
        self.arena.vector.copy_(weights)
        path = self.folder / name
        path.write_bytes(update_to_bytes(self.model, left.uploads, self.arena, name))
        return path

    def _combine(
        self, counts: list[int], trained: tuple[Tensor, ...], finished: tuple[Finished, ...]
    ) -> None:
        made = self.composition
        layout = Layout(frozenset(self.arena.names), made.uploads, made.state)
        updates = [
            Update(f"{i}", self._written(f"update{i}", weights, left), count)
            for i, (count, weights, left) in enumerate(zip(counts, trained, finished, strict=True))
        ]
        assert [examine(self.base, one, layout) for one in updates] == [None] * len(updates)
        output = self.folder / f"{self.round}"
        aggregate(
            self.base,
            updates,
            output,
            layout=layout,
            server=made.server(),
            participants=len(self.clients),
        )
        self.base = output
        self.read()

    def read(self) -> None:
        """What a node knows of the global model."""
        self.weights = self.vector(self.base)
        self.state = server_state(self.base, self.model, self.composition.state)

    def vector(self, path: Path) -> Tensor:
        """The model's trainable weights in a file."""
        tensors = load_file(path)
        return self.arena.gather([tensors[name] for name in self.arena.names])

    def restart(self) -> None:
        """From now on every node has only what was on its disk."""
        for i in range(len(self.clients)):
            path = self.folder / f"memory{i}"
            remember(path, self.memories[i])
            self.memories[i] = recall(path, len(self.weights)).memory
        self.model = Tiny()
        self.arena = Arena(self.model)
        self.read()


def bits(federation: Federation) -> list[bytes]:
    """All that later rounds depend on."""
    tensors = [federation.weights, *federation.state.values()]
    tensors += [one for memory in federation.memories for one in memory.values()]
    return [one.numpy().tobytes() for one in tensors]


@pytest.mark.parametrize("options", LISTS, ids=name_of)
def test_files_keep_every_bit(options: tuple[dict[str, Any] | str, ...], tmp_path: Path) -> None:
    in_memory = Federation(composition(*options))
    on_disk = OnDisk(composition(*options), folder=tmp_path)
    for present in ((0, 1, 2), (0, 2), (0, 1, 2), (1,)):
        in_memory.play(*present)
        on_disk.play(*present)
        assert bits(on_disk) == bits(in_memory)


@pytest.mark.parametrize("options", LISTS, ids=name_of)
def test_a_restart_in_mid_task_changes_no_bit(
    options: tuple[dict[str, Any] | str, ...], tmp_path: Path
) -> None:
    folders = (tmp_path / "steady", tmp_path / "restarted")
    for folder in folders:
        folder.mkdir()
    steady, restarted = (OnDisk(composition(*options), folder=folder) for folder in folders)
    for number in range(4):
        steady.play()
        restarted.play()
        if number in {0, 2}:
            restarted.restart()
    assert bits(restarted) == bits(steady)
    assert restarted.base.read_bytes() == steady.base.read_bytes()


def test_a_client_that_lost_its_memory_begins_as_in_its_first_round(tmp_path: Path) -> None:
    federation = OnDisk(composition("dlmu"), folder=tmp_path)
    federation.play()
    path = tmp_path / "memory0"
    remember(path, federation.memories[0])
    path.write_bytes(path.read_bytes()[:-1])
    federation.memories[0] = recall(path, 4).memory
    federation.play()
    received = federation.vector(tmp_path / "1")
    assert torch.equal(federation.starts[0], received)
    assert not torch.equal(federation.starts[1], received)
