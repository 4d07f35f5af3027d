"""Weights: the same bytes for the same seed, and nothing that does not fit the model."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save_file

from tests.unit.learning.examples import MLP
from weftwork.learning.errors import WeightsError
from weftwork.learning.models import ModelSpec, build
from weftwork.learning.weights import initialise, load_model, to_bytes

CNN = ModelSpec(name="cnn", version=1)

PRINT_DIGEST = """
import hashlib, torch
torch.set_num_threads(1)
torch.rand(5)
from tests.unit.learning.examples import MLP
from weftwork.learning.weights import initialise
print(hashlib.sha256(initialise(MLP, 7)).hexdigest())
"""


@pytest.mark.parametrize("spec", [MLP, CNN], ids=lambda spec: spec.name)
def test_one_seed_gives_one_file_and_another_seed_another(spec: ModelSpec) -> None:
    assert initialise(spec, 7) == initialise(spec, 7)
    assert initialise(spec, 7) != initialise(spec, 8)


def test_another_process_with_other_threads_draws_the_same_bytes() -> None:
    """Equal seeds are equal digests, or a requester could not show where its model came from."""
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(initialise(MLP, 7)).hexdigest()


def test_drawing_weights_leaves_the_callers_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    initialise(MLP, 7)
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.parametrize("spec", [MLP, CNN], ids=lambda spec: spec.name)
def test_a_model_survives_a_file(spec: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(initialise(spec, 7))
    assert to_bytes(load_model(spec, path)) == path.read_bytes()


def test_every_tensor_that_does_not_fit_is_named(tmp_path: Path) -> None:
    tensors = load(initialise(MLP, 7))
    del tensors["hidden1.bias"]
    tensors["extra"] = torch.zeros(1)
    tensors["output.bias"] = torch.zeros(11)
    tensors["output.weight"] = tensors["output.weight"].double()
    save_file(tensors, tmp_path / "weights")
    with pytest.raises(WeightsError) as caught:
        load_model(MLP, tmp_path / "weights")
    assert str(caught.value).endswith(
        "not weights of mlp v1: hidden1.bias is missing; extra is unknown; "
        "output.bias is float32 [11], not float32 [10]; "
        "output.weight is float64 [10, 64], not float32 [10, 64]"
    )


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x80\x04K\x01."])
def test_a_file_that_is_not_safetensors_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=str(path)):
        load_model(MLP, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="weights"):
        load_model(MLP, tmp_path / "weights")


def test_equal_values_in_another_memory_layout_are_equal_bytes() -> None:
    model = build(MLP)
    before = to_bytes(model)
    with torch.no_grad():
        for weight in model.parameters():
            weight.data = weight.data.t().contiguous().t()
    assert to_bytes(model) == before
