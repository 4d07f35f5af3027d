"""The processes' keeper: one `supervisord` a consortium, driven through its XML-RPC socket.

Programs are declared as a whole (`declare`), and the difference to what runs is worked out by
the supervisor: a program whose declaration changed is stopped and replaced, others run on.
"""

import hashlib
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from network import files, interrupts, leftovers
from network.layout import Home
from network.programs import LAUNCH, Program
from network.sockets import socket_folder
from weftwork.errors import DeadlineError, EnvironmentFaultError

# What a child inherits from the user's environment; all else it is given by name.
_INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "TZ")

# These end a value in the supervisor's configuration file.
_UNSAFE = set("\"';#\\\n")

# States that last: one that has EXITED or is in BACKOFF will be started again.
_ENDED = {"STOPPED", "FATAL"}

_UNREACHABLE = (OSError, xmlrpc.client.ProtocolError)

_CONFIGURATION = """\
[supervisord]
nodaemon=true
silent=true
pidfile={run}/supervisord.self
logfile={logs}/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
umask=077
minfds=1024

[unix_http_server]
file={socket}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

"""


@dataclass(frozen=True)
class Process:
    """A program as the supervisor sees it: `state` is RUNNING, STARTING, BACKOFF, FATAL, ..."""

    name: str
    state: str
    pid: int
    started_at: int
    note: str


class Supervisor:
    """Starts, watches and stops a consortium's programs."""

    def __init__(self, home: Home) -> None:
        self._home = home
        name = hashlib.sha256(bytes(home.root.resolve())).hexdigest()[:16]
        self._socket = socket_folder() / f"{name}.sock"
        self._configuration = home.run / "supervisord.conf"

    def running(self) -> bool:
        """Whether the supervisor answers."""
        try:
            self._call("getState")
        except _UNREACHABLE:
            return False
        return True

    def declare(self, programs: Sequence[Program]) -> None:
        """Make `programs` the ones there are; start the supervisor if it does not run."""
        if _UNSAFE & set(str(self._home.root)):
            raise EnvironmentFaultError(
                f"{self._home.root}: a state folder's path may not have quotes, ; # or \\ in it"
            )
        for folder in (self._home.run, self._home.logs):
            folder.mkdir(parents=True, exist_ok=True)
        files.write(self._configuration, self._render(programs))
        if not self.running():
            with interrupts.deferred():  # half started it could not be found again
                self._start()
        [[added, changed, removed]] = self._call("reloadConfig")
        self.stop([*changed, *removed])
        for name in (*changed, *removed):
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)

    def start(self, names: Iterable[str]) -> None:
        """Start those that do not run, without waiting for them to be healthy."""
        for name in names:
            self._call("startProcess", name, False, tolerate=Faults.ALREADY_STARTED)

    def stop(self, names: Iterable[str], timeout: float = 30.0) -> None:
        """Stop those that run, all at once; return when they have ended."""
        pending = list(names)
        deadline = time.monotonic() + timeout
        while pending:
            for name in pending:  # anew each time: a crash in between would undo a stop
                self._call("stopProcess", name, False, tolerate=Faults.NOT_RUNNING)
            processes = self.processes()
            pending = [name for name in pending if processes[name].state not in _ENDED]
            if pending and time.monotonic() > deadline:
                raise DeadlineError(f"did not stop within {timeout:.0f} s: {', '.join(pending)}")
            time.sleep(0.05 if pending else 0)

    def restart(self, names: Iterable[str]) -> None:
        """Stop and start."""
        names = list(names)
        self.stop(names)
        self.start(names)

    def processes(self) -> dict[str, Process]:
        """Every declared program by name; empty when the supervisor does not run."""
        try:
            rows = self._call("getAllProcessInfo")
        except _UNREACHABLE:
            return {}
        return {
            row["name"]: Process(
                row["name"], row["statename"], row["pid"], row["start"], row["spawnerr"]
            )
            for row in rows
        }

    def shutdown(self) -> None:
        """Stop everything, orphans of a killed supervisor included. No process is left."""
        with suppress(*_UNREACHABLE, DeadlineError, EnvironmentFaultError):  # it may be ending
            self.stop(self.processes())  # all at once; by itself it stops one after the other
            self._call("shutdown")
        # The supervisor first: it would start again what is taken from under it.
        leftovers.end(leftovers.living([self._home.run / "supervisor.pid"]))
        leftovers.end(leftovers.living(self._home.run.glob("*.pid")))
        for note in self._home.run.glob("*.pid"):
            note.unlink()
        self._socket.unlink(missing_ok=True)

    def _start(self) -> None:
        output = self._home.logs / "supervisord.out"
        background = ("sh", "-c", '"$@" &', "sh")
        launch = (str(LAUNCH), str(self._home.run / "supervisor.pid"))
        program = (sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration))
        with output.open("wb") as log:
            subprocess.run(
                [*background, *launch, *program],
                cwd=self._home.root,
                env={key: os.environ[key] for key in _INHERITED if key in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, not for the network
                check=True,
            )
        deadline = time.monotonic() + 15
        while not self.running():
            if time.monotonic() > deadline:
                raise EnvironmentFaultError(f"the supervisor does not start; see {output}")
            time.sleep(0.02)

    def _render(self, programs: Sequence[Program]) -> str:
        run, logs = self._home.run, self._home.logs
        general = _CONFIGURATION.format(run=run, logs=logs, socket=self._socket).replace("%", "%%")
        return "\n".join((general, *(program.section(run, logs) for program in programs)))

    def _call(self, method: str, *arguments: Any, tolerate: int | None = None) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://supervisor", transport)
            return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == tolerate:
                return None
            raise EnvironmentFaultError(
                f"the supervisor cannot {method} {' '.join(map(str, arguments))}: "
                f"{fault.faultString}; see {self._home.logs}"
            ) from fault
        finally:
            transport.close()
