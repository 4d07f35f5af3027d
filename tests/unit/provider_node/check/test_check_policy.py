"""What `check` says of the policy."""

from pathlib import Path

import pytest

from provider_node.check.policy import policy
from provider_node.config import NodeConfig
from weftwork.errors import ConfigError


def config(folder: Path, file: Path | None) -> NodeConfig:
    return NodeConfig(
        name="f1",
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder / "store",
        policy=file,
    )


async def test_its_keys_are_named(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("max_rounds: 3\npurposes: [energy]\n")
    assert await policy(config(tmp_path, file)) == f"{file} limits purposes, max_rounds"
    file.write_text("{}\n")
    assert await policy(config(tmp_path, file)) == f"{file} limits nothing"


async def test_none_is_said_to_be_none(tmp_path: Path) -> None:
    said = await policy(config(tmp_path, None))
    assert said == "none: any task that privacy in node.yaml allows"


async def test_one_that_is_not_there_is_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        await policy(config(tmp_path, tmp_path / "policy.yaml"))
