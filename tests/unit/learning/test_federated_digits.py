"""What the demo shows, without a network: together 90 %, alone a third."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.learning.examples import FACTORIES, MLP, digits, training
from weftwork.learning.aggregation import Update, aggregate, examine
from weftwork.learning.parameters import training_seed
from weftwork.learning.training import evaluate, train
from weftwork.learning.weights import initialise, load_model, to_bytes

ROUNDS = 10


def together(seed: int, folder: Path) -> Iterator[float]:
    """Accuracy of the global model after each round of FedAvg."""
    base = folder / "0"
    base.write_bytes(initialise(MLP, seed))
    for number in range(1, ROUNDS + 1):
        updates = []
        for name, classes in sorted(FACTORIES.items()):
            model, data = load_model(MLP, base), digits(classes=classes)
            train(model, training(), data, seed=training_seed(seed, number, name))
            path = folder / name
            path.write_bytes(to_bytes(model))
            updates.append(Update(name, path, len(data)))
        assert [examine(base, update) for update in updates] == [None] * 3
        aggregate(base, updates, folder / str(number))
        base = folder / str(number)
        yield evaluate(load_model(MLP, base), digits("test")).accuracy_ppm / 1e6


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_ten_rounds_reach_ninety_per_cent(seed: int, tmp_path: Path) -> None:
    assert any(accuracy >= 0.9 for accuracy in together(seed, tmp_path))


@pytest.mark.parametrize(("name", "classes"), FACTORIES.items())
def test_a_factory_alone_reaches_a_third_in_as_many_epochs(
    name: str, classes: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "0").write_bytes(initialise(MLP, 1))
    model = load_model(MLP, tmp_path / "0")
    train(model, training(local_epochs=2 * ROUNDS), digits(classes=classes), seed=1)
    assert 0.25 < evaluate(model, digits("test")).accuracy_ppm / 1e6 < 0.41
