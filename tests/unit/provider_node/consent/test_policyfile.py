"""The policy as its file has it now."""

import os
from pathlib import Path

import pytest

from provider_node.consent import Policy, PolicyFile
from tests.unit.provider_node.worlds import task
from weftwork.errors import ConfigError, RefusedError

TASK = task("PUBLISHED", who=[])  # of `req`, with two rounds


def test_without_a_file_everything_is_allowed() -> None:
    policy = PolicyFile(None)
    assert policy.load() == Policy()
    assert policy.refusal(TASK) == ""
    assert policy.version is None


def test_a_change_holds_from_the_next_look_on(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("max_rounds: 2\n")
    policy = PolicyFile(file)
    before = policy.version
    assert policy.refusal(TASK) == ""
    file.write_text("max_rounds: 1\n")
    assert policy.version != before
    assert policy.refusal(TASK).startswith("max_rounds: the task's training.rounds is 2")
    replacement = tmp_path / "new.yaml"  # as an editor, or a tool that deploys, replaces a file
    replacement.write_text("max_rounds: 9\n")
    replacement.replace(file)
    assert policy.refusal(TASK) == ""


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("max_rounds: 2\n")
    policy = PolicyFile(file)
    assert policy.load() is policy.load()


@pytest.mark.parametrize("text", ["max_rounds: many\n", "", "a: [", None])
def test_nothing_is_allowed_while_it_cannot_be_read(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("max_rounds: 2\n")
    policy = PolicyFile(file)
    assert policy.refusal(TASK) == ""
    file.unlink() if text is None else file.write_text(text)
    for _ in range(2):
        with pytest.raises(RefusedError, match=f"until it is mended: {file}: ") as caught:
            policy.refusal(TASK)
        assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError):
        policy.load()
    file.write_text("max_rounds: 2\n")
    assert policy.refusal(TASK) == ""


def test_a_change_of_the_same_length_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("max_rounds: 2\n")
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    policy = PolicyFile(file)
    assert policy.refusal(TASK) == ""
    replacement = tmp_path / "new.yaml"
    replacement.write_text("max_rounds: 1\n")
    os.utime(replacement, ns=times)
    replacement.replace(file)
    assert policy.refusal(TASK) != ""
