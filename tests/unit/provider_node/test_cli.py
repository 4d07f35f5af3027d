"""The command line: help, and mistakes in one line with their exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.provider_node.test_config import GOOD

CONNECTION = """\
organisation: factory1
msp_id: Factory1MSP
gateway: {endpoint: "localhost:1", tls_roots: roots.pem}
identity: {certificate: own.pem, key: own.key}
tls: {certificate: tls.pem, key: tls.key}
trust: {Factory1MSP: roots.pem}
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "provider_node", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "serve" in done.stdout
    assert "check" in done.stdout


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_configuration_that_is_not_there(command: str, tmp_path: Path) -> None:
    done = run(command, "--config", str(tmp_path / "node.yaml"))
    assert done.returncode == 3
    assert done.stderr == f"error: {tmp_path}/node.yaml: no such file\n"


def test_a_configuration_with_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    file.write_text(GOOD.replace("role: provider", "role: owner"))
    done = run("serve", "--config", str(file))
    assert done.returncode == 3
    assert "line 2: role: must be 'provider' or 'archive'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_identity_that_is_not_there_ends_serve_at_once(tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    file.write_text(GOOD)
    done = run("serve", "--config", str(file))
    assert done.returncode == 3
    assert "connection.yaml: no such file" in done.stderr


def test_check_goes_on_where_it_can(tmp_path: Path) -> None:
    file = tmp_path / "node.yaml"
    file.write_text(GOOD.replace("device: cpu", "").replace("7070", "7071"))
    done = run("check", "--config", str(file))
    assert done.returncode == 3
    assert "no such file" in done.stdout
    assert "free" in done.stdout
    assert done.stdout.rstrip().endswith("1 to mend before this node can run")


@pytest.mark.parametrize("command", [("serve",), ("policy", "check", "digits-1")])
def test_a_mistake_in_the_policy_ends_it_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    file, policy = tmp_path / "node.yaml", tmp_path / "policy.yaml"
    file.write_text(GOOD.replace("../identity/", "") + "policy: policy.yaml\n")
    policy.write_text("requesters: [buyer]\nmax_round: 3\n")
    (tmp_path / "connection.yaml").write_text(CONNECTION)
    done = run(*command, "--config", str(file))
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"error: {policy}: 1 mistake",
        "  line 2: max_round: unknown key; did you mean 'max_rounds'?",
    ]


def test_wrong_usage(tmp_path: Path) -> None:
    assert run("serve").returncode == 2
    assert run("sreve").returncode == 2
