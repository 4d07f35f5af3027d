"""An interrupted training ends with the same bits as one that nothing interrupted."""

from pathlib import Path

import pytest
import torch

from tests.unit.learning.examples import MLP, digits, training
from weftwork.learning.models import build
from weftwork.learning.training import Execution, Participation, train
from weftwork.learning.training.checkpoint import Checkpoint, Checkpoints
from weftwork.learning.weights import to_bytes


class CrashError(Exception):
    """As a killed process: whatever was going on is gone."""


def model() -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return build(MLP)


def trained(
    path: Path | None,
    *,
    until: int | None = None,
    identity: str = "a",
    execution: Execution = Execution(),  # noqa: B008 - frozen
) -> bytes:
    network = model()

    def interrupt(done: int, _: int) -> None:
        if done == until:
            raise CrashError

    train(
        network,
        training(local_epochs=4),
        digits(classes=(0, 1)),
        seed=3,
        participation=Participation(checkpoint=path, identity=identity),
        execution=execution,
        on_epoch=interrupt,
    )
    return to_bytes(network)


@pytest.mark.parametrize("until", [1, 2, 3])
def test_it_goes_on_from_the_last_epoch(tmp_path: Path, until: int) -> None:
    path, epochs = tmp_path / "checkpoint", []
    with pytest.raises(CrashError):
        trained(path, until=until)
    train(
        model(),
        training(local_epochs=4),
        digits(classes=(0, 1)),
        seed=3,
        participation=Participation(checkpoint=path, identity="a"),
        on_epoch=lambda done, _: epochs.append(done),
    )
    assert epochs == list(range(until + 1, 5))
    with pytest.raises(CrashError):
        trained(path, until=until)
    assert trained(path) == trained(None)


def test_a_checkpoint_of_another_training_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(CrashError):
        trained(path, until=2, identity="another")
    assert trained(path) == trained(None)


def test_one_of_other_arithmetic_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(CrashError):
        trained(path, until=2, execution=Execution(precision="bfloat16"))
    assert trained(path) == trained(None)


@pytest.mark.parametrize("damage", [b"", b"no safetensors", None])
def test_a_damaged_one_is_as_good_as_none(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(CrashError):
        trained(path, until=2)
    path.write_bytes(path.read_bytes()[:-8] if damage is None else damage)
    assert trained(path) == trained(None)


def test_it_is_private_and_gone_once_the_training_is_over(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    checkpoints = Checkpoints(path, "a")
    checkpoints.save(Checkpoint(1, 2, {"weights": torch.ones(3)}, {"threshold": 0.5}))
    assert path.stat().st_mode & 0o777 == 0o600
    found = checkpoints.load()
    assert found is not None
    assert (found.epochs, found.steps, found.numbers) == (1, 2, {"threshold": 0.5})
    assert found.tensors["weights"].tolist() == [1, 1, 1]
    trained(path, identity="b")
    assert not path.exists()
