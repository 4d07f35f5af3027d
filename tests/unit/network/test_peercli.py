import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from network import topology
from network.cli import network
from network.layout import Home
from network.peercli import PeerCli, environment
from weftwork.errors import RefusedError


def test_env_prints_what_a_shell_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "a folder with 'quotes'"
    root.mkdir()
    (root / "topology.yaml").write_text(topology.load().render())
    monkeypatch.setenv("WEFTWORK_HOME", str(root))
    printed = (
        CliRunner().invoke(network, ["env", "factory2"], obj={}, catch_exceptions=False).output
    )
    script = f'{printed}\necho "$CORE_PEER_LOCALMSPID $CORE_PEER_MSPCONFIGPATH"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"Factory2MSP {root}/orgs/factory2/identities/admin/msp"


def test_the_cli_acts_with_one_organisations_keys_only(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    values = environment(consortium.organisation("factory1"), home).values()
    paths = [Path(value) for value in values if value.startswith("/")]
    own = (home.site("factory1").root, home.public("factory1").root)
    assert paths
    assert all(any(path.is_relative_to(folder) for folder in own) for path in paths)


def test_a_refusal_is_one_line_with_the_reason(tmp_path: Path) -> None:
    peer = tmp_path / "peer"
    peer.write_text("#!/bin/sh\necho INFO noise >&2\necho 'Error: access denied' >&2\nexit 1\n")
    peer.chmod(0o755)
    cli = PeerCli(peer, topology.load().organisation("factory1"), Home(tmp_path))
    with pytest.raises(RefusedError, match=r"^factory1: peer channel list: Error: access denied$"):
        cli.run("channel", "list")
