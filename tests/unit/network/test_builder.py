"""The peer's external builder, run as the peer runs it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from network.package import PACKAGE_TYPE
from network.peering import BUILDER, SERVICES_VARIABLE


def _run(script: str, *arguments: Path, services: Path) -> int:
    environment = {"PATH": os.environ["PATH"], SERVICES_VARIABLE: str(services)}
    command = [BUILDER / "bin" / script, *arguments]
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("source", "metadata", "built", "released", "local")}
    for folder in made.values():
        folder.mkdir()
    return made


def _describe(folders: dict[str, Path], kind: str, label: str) -> None:
    metadata = json.dumps({"type": kind, "label": label}, separators=(",", ":"))
    (folders["metadata"] / "metadata.json").write_text(metadata)


def test_ours_are_detected_and_others_left(folders: dict[str, Path]) -> None:
    for kind, expected in ((PACKAGE_TYPE, True), ("golang", False), ("ccaas", False)):
        _describe(folders, kind, "weftwork_0123456789abcdef")
        code = _run("detect", folders["source"], folders["metadata"], services=folders["local"])
        assert (code == 0) is expected


def test_release_gives_the_peer_its_own_connection_file_and_nobody_else(
    folders: dict[str, Path],
) -> None:
    _describe(folders, PACKAGE_TYPE, "weftwork_0123456789abcdef")
    local = folders["local"] / "weftwork_0123456789abcdef.json"
    local.write_text('{"address": "localhost:1"}')
    built = (folders["source"], folders["metadata"], folders["built"])
    assert _run("build", *built, services=folders["local"]) == 0
    assert _run("release", folders["built"], folders["released"], services=folders["local"]) == 0
    released = folders["released"] / "chaincode" / "server" / "connection.json"
    assert released.read_text() == local.read_text()
    assert released.stat().st_mode & 0o077 == 0


def test_release_fails_for_a_package_that_this_organisation_does_not_serve(
    folders: dict[str, Path],
) -> None:
    _describe(folders, PACKAGE_TYPE, "weftwork_ffffffffffffffff")
    built = (folders["source"], folders["metadata"], folders["built"])
    assert _run("build", *built, services=folders["local"]) == 0
    assert _run("release", folders["built"], folders["released"], services=folders["local"]) != 0
