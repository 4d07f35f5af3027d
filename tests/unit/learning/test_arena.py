"""All trainable weights in one vector, which the model's parameters are views of."""

import torch
from torch import nn

from weftwork.learning.arena import Arena


def network() -> nn.Sequential:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.GroupNorm(2, 4), nn.Linear(4, 2))
    model[1].requires_grad_(False)
    return model


def test_the_model_computes_as_before() -> None:
    model, x = network(), torch.randn(5, 3)
    before = model(x)
    Arena(model)
    assert torch.equal(model(x), before)


def test_the_vector_is_the_trainable_parameters_in_order() -> None:
    model = network()
    arena = Arena(model)
    trainable = [one for one in model.parameters() if one.requires_grad]
    assert arena.vector.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    assert torch.equal(arena.vector, torch.cat([one.detach().flatten() for one in trainable]))
    assert arena.names == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_writing_to_the_vector_changes_the_model_and_loading_a_state_the_vector() -> None:
    model = network()
    arena = Arena(model)
    arena.vector.fill_(2.0)
    assert all((one == 2).all() for one in model.parameters() if one.requires_grad)
    assert torch.equal(model[1].get_parameter("weight"), torch.ones(4))
    model.load_state_dict({name: one + 1 for name, one in model.state_dict().items()})
    assert (arena.vector == 3).all()


def test_a_vector_is_split_and_gathered() -> None:
    arena = Arena(network())
    vector = torch.arange(len(arena.vector), dtype=torch.float32)
    parts = arena.split(vector)
    assert [one.shape for one in parts] == [(4, 3), (4,), (2, 4), (2,)]
    assert torch.equal(arena.gather(parts), vector)
    assert [name for name, _ in arena.named(vector)] == arena.names
    parts[1].zero_()  # views: the vector has it
    assert (vector[12:16] == 0).all()
