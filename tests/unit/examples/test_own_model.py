"""docs/tutorial/own-model-and-data.md shows the files of examples/own-model as they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.page import OWN_MODEL, REPOSITORY, blocks

EXAMPLE = REPOSITORY / "examples" / "own-model"
SHOWN = (
    *("pumps/pumps/model.py", "pumps/pyproject.toml"),
    *("data.yaml", "task.yaml", "rehearsal.yaml", "predict.py"),
)


def test_the_page_shows_the_files() -> None:
    assert blocks(OWN_MODEL, "python", "toml", "yaml") == [
        (EXAMPLE / name).read_text() for name in SHOWN
    ]


def test_the_page_shows_the_first_readings(tmp_path: Path) -> None:
    script = str(EXAMPLE / "make_readings.py")
    subprocess.run([sys.executable, "-W", "error", script, str(tmp_path)], check=True)
    first = (tmp_path / "factory1.csv").read_text().splitlines(keepends=True)[:3]
    assert blocks(OWN_MODEL, "text")[0] == "".join(first)


@pytest.mark.parametrize("state", [(), ("server:server-momentum.velocity/0.weight",)])
def test_a_model_is_asked_whatever_its_strategy_keeps_beside_it(
    tmp_path: Path, state: tuple[str, ...]
) -> None:
    script = str(EXAMPLE / "make_readings.py")
    subprocess.run([sys.executable, script, str(tmp_path)], check=True)
    shapes = {"0": (16, 3, 5), "2": (16, 16, 5), "6": (3, 16)}
    tensors = {f"{layer}.weight": torch.zeros(shape) for layer, shape in shapes.items()}
    tensors |= {f"{layer}.bias": torch.zeros(shape[0]) for layer, shape in shapes.items()}
    tensors["6.bias"][1] = 1  # always the second state
    save_file(tensors | {name: torch.zeros(16, 3, 5) for name in state}, tmp_path / "model")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "predict.py"), "model", "validation.csv"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{EXAMPLE / 'pumps'}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "225 of 675 windows right; the last one is worn\n"
