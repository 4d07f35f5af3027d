"""`models`: what a task may name on this machine, and what a package fails to bring."""

import json

import pytest
from click.testing import CliRunner
from pydantic import Field

from requester_cli import models
from requester_cli.cli import cli
from weftwork.learning.models import ModelDefinition, ModelParameters, Offered
from weftwork.learning.models.mlp import MLP


class Pumps(ModelParameters):
    sensors: int = Field(ge=1)
    widths: tuple[int, ...] = (16, 8)


PUMP_NET = ModelDefinition("pump-net", 2, Pumps, lambda _: None)  # type: ignore[arg-type, return-value]
PROBLEM = "entry point fan = fans:FAN: No module named 'fans'"
OFFERED = (Offered("pump-net", "pumps 1.0", PUMP_NET), Offered("fan", "fans 2.1", problem=PROBLEM))


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "of_packages", lambda: OFFERED)
    monkeypatch.setattr(models, "definitions", lambda: {1: PUMP_NET, 2: MLP})


def run(*arguments: str) -> str:
    done = CliRunner(mix_stderr=False).invoke(cli, ["models", *arguments])
    assert done.exit_code == 0
    return done.stdout


def test_a_table_of_models_and_what_cannot_be_used() -> None:
    lines = [line.split("  ") for line in run().splitlines()]
    table = [[cell.strip() for cell in cells if cell] for cells in lines]
    assert table == [
        ["model", "version", "package", "parameters"],
        ["mlp", "1", "weftwork", "inputs *, hidden ([64]), classes *"],
        ["pump-net", "2", "pumps 1.0", "sensors *, widths ([16, 8])"],
        ["* must be given; else the default is in brackets"],
        ["not usable:"],
        [PROBLEM],
    ]


def test_the_same_as_json() -> None:
    document = json.loads(run("--json"))
    assert document["problems"] == [PROBLEM]
    assert document["models"][1] == {
        "name": "pump-net",
        "version": 2,
        "package": "pumps 1.0",
        "parameters": [
            {"name": "sensors", "required": True},
            {"name": "widths", "required": False, "default": [16, 8]},
        ],
    }
