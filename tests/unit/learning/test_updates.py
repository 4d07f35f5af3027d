"""Vectors of strategies survive a file beside the model, and the model survives them."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from tests.unit.learning.examples import MLP, training
from weftwork.learning.arena import Arena
from weftwork.learning.errors import WeightsError
from weftwork.learning.models import build
from weftwork.learning.tensorfile import TensorFile
from weftwork.learning.updates import (
    layout_of,
    server_state,
    trainable_numbers,
    update_to_bytes,
)
from weftwork.learning.weights import load_model, to_bytes


@pytest.fixture
def model() -> nn.Module:
    return build(MLP)


def test_without_uploads_an_update_is_the_model_and_says_whose_it_is(
    model: nn.Module, tmp_path: Path
) -> None:
    before, path = load(to_bytes(model)), tmp_path / "update"
    content = update_to_bytes(model, {}, Arena(model), "factory1")
    assert content == update_to_bytes(model, {}, Arena(model), "factory1")
    path.write_bytes(content)
    file = load(content)
    assert file.keys() == before.keys()
    assert all(torch.equal(file[name], one) for name, one in before.items())
    assert TensorFile.open(path).metadata == {"provider": "factory1"}


def test_every_part_of_an_upload_has_its_name_and_its_shape(model: nn.Module) -> None:
    arena = Arena(model)
    vector = torch.arange(len(arena.vector), dtype=torch.float32)
    file = load(update_to_bytes(model, {"scaffold.control": vector}, arena, "a"))
    for name, weight in model.named_parameters():
        part = file.pop(f"client:scaffold.control/{name}")
        assert torch.equal(file.pop(name), weight)
        assert torch.equal(part, dict(arena.named(vector))[name])
    assert not file


def test_a_model_is_read_without_what_travels_beside_it(model: nn.Module, tmp_path: Path) -> None:
    arena = Arena(model)
    path = tmp_path / "model"
    uploads = {"scaffold.control": arena.vector.clone()}
    path.write_bytes(update_to_bytes(model, uploads, arena, "a"))
    assert to_bytes(load_model(MLP, path)) == to_bytes(model)


def test_before_the_first_aggregate_every_state_is_zero(model: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(to_bytes(model))
    assert server_state(path, model, ()) == {}
    state = server_state(path, model, ("a.one", "b.two"))
    assert list(state) == ["a.one", "b.two"]
    for vector in state.values():
        assert torch.equal(vector, torch.zeros(trainable_numbers(model)))


def test_a_state_comes_back_as_the_vector_that_it_was(model: nn.Module, tmp_path: Path) -> None:
    arena = Arena(model)
    vector = torch.randn_like(arena.vector)
    parts = {f"server:feddyn.moved/{name}": part for name, part in arena.named(vector)}
    path = tmp_path / "model"
    path.write_bytes(save(dict(model.state_dict()) | parts))
    assert torch.equal(server_state(path, model, ("feddyn.moved",))["feddyn.moved"], vector)


@pytest.mark.parametrize(
    "change",
    [
        {"server:feddyn.moved/output.bias": torch.zeros(9)},
        {"server:feddyn.moved/output.bias": torch.zeros(10).double()},
        {"server:feddyn.moved/output.bias": None},
    ],
)
def test_a_state_that_does_not_fit_is_an_error(
    model: nn.Module, tmp_path: Path, change: dict[str, torch.Tensor | None]
) -> None:
    arena = Arena(model)
    parts = {f"server:feddyn.moved/{name}": part for name, part in arena.named(arena.vector)}
    tensors = {name: one for name, one in (parts | change).items() if one is not None}
    path = tmp_path / "model"
    path.write_bytes(save({name: one.clone() for name, one in tensors.items()}))
    with pytest.raises(WeightsError, match=r"feddyn.moved/output.bias"):
        server_state(path, model, ("feddyn.moved",))


def test_a_file_that_is_no_model_is_an_error(model: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"no model")
    with pytest.raises(WeightsError, match="cannot be read"):
        server_state(path, model, ("feddyn.moved",))


def test_the_layout_of_a_task_names_what_is_trained_and_what_strategies_add() -> None:
    made = training(strategy=["scaffold", "server-momentum"]).composition
    before = torch.random.get_rng_state()
    layout = layout_of(MLP, made)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert layout.trainable == {name for name, _ in build(MLP).named_parameters()}
    assert layout.uploads == ("scaffold.control",)
    assert layout.state == ("scaffold.control", "server-momentum.velocity")
