"""The supervisor itself, with `sleep` for programs."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from supervisor.xmlrpc import UnixStreamHTTPConnection

from network import leftovers
from network.layout import Home
from network.programs import Program
from network.supervisor import Supervisor
from weftwork.errors import EnvironmentFaultError

SLEEP = ("/bin/sleep", "1000")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def supervisor(home: Home) -> Iterator[Supervisor]:
    made = Supervisor(home)
    yield made
    made.shutdown()


def _sleeper(home: Home, name: str, **environment: str) -> Program:
    return Program(name, SLEEP, home.root, environment)


def _pid(supervisor: Supervisor, name: str) -> int:
    return supervisor.processes()[name].pid


def _await_living(home: Home, count: int) -> list[int]:
    """The supervisor and its programs, once each has left its note."""
    deadline = time.monotonic() + 10
    while len(pids := leftovers.living(home.run.glob("*.pid"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return pids


def test_a_changed_program_is_replaced_and_the_others_run_on(
    home: Home, supervisor: Supervisor
) -> None:
    supervisor.declare([_sleeper(home, "a.peer"), _sleeper(home, "b.peer", VERSION="1")])
    supervisor.start(["a.peer", "b.peer"])
    untouched, replaced = _pid(supervisor, "a.peer"), _pid(supervisor, "b.peer")
    supervisor.declare([_sleeper(home, "a.peer"), _sleeper(home, "b.peer", VERSION="2")])
    supervisor.start(["a.peer", "b.peer"])
    assert _pid(supervisor, "a.peer") == untouched
    assert _pid(supervisor, "b.peer") not in {0, replaced}


def test_it_is_found_from_any_environment_and_by_any_path(
    home: Home, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    supervisor.declare([_sleeper(home, "a.peer")])
    for runtime in ("one", "another"):
        (tmp_path / runtime).mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / runtime))
        assert Supervisor(home).running()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    (tmp_path / "link").symlink_to(home.root)
    assert Supervisor(Home(tmp_path / "link")).running()


def test_a_program_that_is_killed_is_started_again(home: Home, supervisor: Supervisor) -> None:
    supervisor.declare([_sleeper(home, "a.peer")])
    supervisor.start(["a.peer"])
    killed = _pid(supervisor, "a.peer")
    time.sleep(1.1)  # a program that ends within a second failed to start, and waits longer
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _pid(supervisor, "a.peer") in {0, killed}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _await_state(supervisor: Supervisor, name: str, state: str) -> None:
    deadline = time.monotonic() + 20
    while supervisor.processes()[name].state != state:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_program_that_crashes_as_it_is_stopped_stays_stopped(
    home: Home, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.declare([_sleeper(home, "a.peer")])
    supervisor.start(["a.peer"])
    _await_state(supervisor, "a.peer", "RUNNING")  # its end is a crash, not a failure to start
    victims = [_pid(supervisor, "a.peer")]
    connect = UnixStreamHTTPConnection.connect

    def connect_and_crash(connection: UnixStreamHTTPConnection) -> None:
        """The request arrives between the supervisor's seeing the end and its starting anew."""
        connect(connection)
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)
            time.sleep(0.3)

    monkeypatch.setattr(UnixStreamHTTPConnection, "connect", connect_and_crash)
    supervisor.stop(["a.peer"])
    time.sleep(1.5)  # the supervisor looks once a second what to start again
    assert supervisor.processes()["a.peer"].state == "STOPPED"


def test_programs_get_the_declared_environment_and_no_other(
    home: Home, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    written = home.root / "environment"
    command = ("/bin/sh", "-c", f"env > {written}.new; mv {written}.new {written}; sleep 1000")
    supervisor.declare([Program("a.peer", command, home.root, {"PERCENT": "100%, a b"})])
    supervisor.start(["a.peer"])
    deadline = time.monotonic() + 10
    while not written.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lines = written.read_text().splitlines()
    assert "PERCENT=100%, a b" in lines
    assert not any(line.startswith("SECRET_OF_THE_USER") for line in lines)


def test_shutdown_leaves_no_process(home: Home, supervisor: Supervisor) -> None:
    supervisor.declare([_sleeper(home, "a.peer")])
    supervisor.start(["a.peer"])
    pids = _await_living(home, 2)
    supervisor.shutdown()
    assert not supervisor.running()
    assert not [pid for pid in pids if leftovers.runs(pid)]


def test_orphans_of_a_killed_supervisor_are_ended(home: Home, supervisor: Supervisor) -> None:
    supervisor.declare([_sleeper(home, "a.peer")])
    supervisor.start(["a.peer"])
    orphan = _pid(supervisor, "a.peer")
    _await_living(home, 2)
    [keeper] = leftovers.living([home.run / "supervisor.pid"])
    os.kill(keeper, signal.SIGKILL)
    supervisor.shutdown()
    assert not leftovers.runs(orphan)


def test_a_note_about_a_process_id_that_another_program_has_now_is_ignored(tmp_path: Path) -> None:
    note = tmp_path / "a.pid"
    note.write_text(f"{os.getpid()} /usr/bin/peer node start")
    assert leftovers.living([note]) == []


def test_a_folder_whose_path_would_break_the_configuration_is_refused(tmp_path: Path) -> None:
    supervisor = Supervisor(Home(tmp_path / "mine; yours"))
    with pytest.raises(EnvironmentFaultError, match="may not have quotes"):
        supervisor.declare([])
    assert not supervisor.running()


def test_a_process_that_waits_to_be_reaped_has_ended() -> None:
    with subprocess.Popen(SLEEP) as child:
        assert leftovers.runs(child.pid)
        child.kill()
        deadline = time.monotonic() + 10
        while leftovers.runs(child.pid):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert not leftovers.runs(child.pid)
