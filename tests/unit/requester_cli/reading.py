"""A task file as a test wants it, written and read."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from requester_cli import taskfile
from tests.unit.requester_cli.taskfiles import GOOD
from weftwork.errors import ConfigError


def write(folder: Path, document: dict[str, Any] | str) -> Path:
    path = folder / "task.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return path


def changed(*keys: str, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    section = document
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = to
    return document


def problems(folder: Path, document: dict[str, Any] | str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        taskfile.read(write(folder, document))
    return [problem.partition(": ")[2] for problem in caught.value.problems]
