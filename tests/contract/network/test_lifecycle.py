"""A network of its own, stopped, resumed, upgraded and broken as no shared one may be."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from network import binaries, leftovers, lifecycle, ownership, stopping, topology
from network.consortium import Consortium
from network.layout import Home
from network.package import Chaincode
from network.sockets import with_free_ports
from network.status import Status
from weftwork.config import Connection, load_yaml
from weftwork.errors import ConfigError, EnvironmentFaultError, RefusedError
from weftwork.ledger import blocking
from weftwork.ledger.credentials import Credentials


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory, fabric: binaries.Binaries, chaincode: Path
) -> Iterator[Consortium]:
    """A running network that has one participant on its ledger."""
    home = tmp_path_factory.mktemp("own")
    with Consortium(home, fabric, with_free_ports(topology.load())) as network:
        network.up(chaincode, nodes=False)
        _participants(network).submit("Register", "factory1", "localhost:1")
        yield network


def _participants(network: Consortium) -> blocking.Contract:
    identity = network.home.site("factory1").identity("node")
    connection = load_yaml(identity.connection, Connection)
    credentials = Credentials.load(connection)
    gateway = blocking.Gateway(
        connection.gateway.endpoint,
        identity=credentials.identity,
        signer=credentials.signer,
        tls=credentials.tls,
    )
    return gateway.network(connection.channel).contract("weftwork", "Participants")


def _knows_its_participant(network: Consortium) -> bool:
    query = ("chaincode", "query", "-C", "weftwork", "-n", "weftwork")
    reply = network.peer_cli("factory3").run(
        *query, "-c", '{"Args":["Participants:Get","factory1"]}'
    )
    return '"endpoint":"localhost:1"' in reply


def _pids(status: Status) -> list[int]:
    return [row.pid for org in status.organisations for row in org.processes if row.pid]


def _await_health(network: Consortium, name: str) -> None:
    """Nodes are not started here, so the network as a whole is never healthy."""
    deadline = time.monotonic() + 30
    while name not in _healthy(network.status()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _healthy(status: Status) -> set[str]:
    return {row.name for org in status.organisations for row in org.processes if row.health == "OK"}


def _sequence(network: Consortium) -> int:
    chaincodes = network.status().organisations[0].chaincodes
    return next(row.sequence for row in chaincodes if row.name == "weftwork")


def test_down_leaves_no_process_and_up_resumes_the_ledger(own: Consortium, chaincode: Path) -> None:
    before = own.status()
    heights = [org.block_height or 0 for org in before.organisations]
    own.down()
    assert not [pid for pid in _pids(before) if leftovers.runs(pid)]
    assert not own.status().healthy
    own.up(chaincode, nodes=False)
    after = own.status()
    assert [org.block_height or 0 for org in after.organisations] >= heights
    assert _sequence(own) == 1
    assert _knows_its_participant(own)


def test_a_changed_chaincode_is_upgraded_and_the_ledger_kept(
    own: Consortium, chaincode: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "weftwork"
    shutil.copy(chaincode, changed)
    with changed.open("ab") as file:
        file.write(b"\\n")  # the program is the same, its digest is not
    before = own.status().organisations[1].chaincodes
    own.up(changed, nodes=False)
    [after] = own.status().organisations[1].chaincodes
    assert after.sequence == before[0].sequence + 1
    assert after.version != before[0].version
    assert _knows_its_participant(own)
    own.up(changed, nodes=False)
    assert own.status().organisations[1].chaincodes == [after]


def test_an_upgrade_that_fails_leaves_the_committed_chaincode_running(
    own: Consortium, chaincode: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "weftwork"
    shutil.copy(chaincode, changed)
    with changed.open("ab") as file:
        file.write(b"a change whose upgrade fails")
    before, commit = own.status().organisations[1].chaincodes, lifecycle.commit

    def commit_without_a_peer(*arguments: Any) -> None:
        own.stop("factory3.peer")
        commit(*arguments)

    monkeypatch.setattr(lifecycle, "commit", commit_without_a_peer)
    ports = {org.name: org.chaincode.port for org in own.topology.organisations}
    with pytest.raises(RefusedError, match="lifecycle chaincode commit"):
        own.deploy(Chaincode("weftwork", changed), ports)
    own.start("factory3.peer")
    _await_health(own, "factory3.peer")
    assert own.status().organisations[1].chaincodes == before
    assert _knows_its_participant(own)


def test_a_killed_supervisors_processes_are_replaced(own: Consortium) -> None:
    before = own.status()
    orphans = _pids(before)
    version = before.organisations[0].chaincodes[0].version
    [supervisor] = leftovers.living([own.home.run / "supervisor.pid"])
    os.kill(supervisor, signal.SIGKILL)
    own.up(own.home.chaincodes / f"weftwork_{version}" / "weftwork", nodes=False)
    assert not [pid for pid in orphans if leftovers.runs(pid)]
    assert _knows_its_participant(own)


def test_another_topology_is_refused_for_the_same_folder(
    own: Consortium, fabric: binaries.Binaries
) -> None:
    with pytest.raises(ConfigError, match="made from another topology"):
        Consortium(own.home.root, fabric, topology.load())


def test_two_commands_at_once_are_refused(own: Consortium, chaincode: Path) -> None:
    with (own.home.run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EnvironmentFaultError, match="another command is at work"):
            own.up(chaincode)


def test_a_taken_port_stops_up_with_one_line_and_nothing_started(tmp_path: Path) -> None:
    chosen = with_free_ports(topology.load())
    file = tmp_path / "topology.yaml"
    file.write_text(chosen.render())
    port = chosen.organisation("factory1").orderer.admin
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [sys.executable, "-m", "network", "up", "--topology", str(file)],
            env=os.environ | {"WEFTWORK_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 10
    error = done.stderr.splitlines()[-1]
    assert f"port {port} (for factory1.orderer admin)" in error
    assert "--free-ports" in error
    assert "Traceback" not in done.stderr
    assert not leftovers.living((tmp_path / "home" / "run").glob("*.pid"))


@pytest.mark.parametrize(
    ("phase", "seconds", "number"),
    [
        ("identities: cert", 0, signal.SIGINT),
        ("identities: cert", 0.2, signal.SIGTERM),
        ("chaincode weftwork: seq", 0, signal.SIGINT),
    ],
)
def test_an_interrupt_leaves_no_process(
    tmp_path: Path, phase: str, seconds: float, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "network", "up", "--free-ports", "--no-nodes"]
    environment = os.environ | {"WEFTWORK_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stderr is not None
        assert any(phase in line for line in up.stderr)
        time.sleep(seconds)
        started = leftovers.living((tmp_path / "run").glob("*.pid"))
        up.send_signal(number)
        up.communicate(timeout=60)
    assert up.returncode == 130
    assert not [pid for pid in started if leftovers.runs(pid)]
    assert str(tmp_path) not in subprocess.check_output(
        ["/bin/ps", "-axww", "-o", "args="], text=True
    )


def test_reset_removes_what_the_network_wrote_and_nothing_else(tmp_path: Path) -> None:
    ownership.claim(Home(tmp_path))
    (tmp_path / "topology.yaml").write_text(with_free_ports(topology.load()).render())
    (tmp_path / "orgs" / "factory1").mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("kept")
    stopping.remove(Home(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_up_that_was_killed_is_completed_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "network", "up", "--free-ports", "--no-nodes"]
    environment = os.environ | {"WEFTWORK_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as up:
        assert up.stderr is not None
        assert any("identities: cert" in line for line in up.stderr)
        time.sleep(0.5)
        up.kill()
        up.communicate(timeout=60)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    finally:
        stopping.stop(Home(tmp_path))
