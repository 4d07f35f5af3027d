"""A process of the consortium as data: what to run, where, with which environment."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch")

# Rotated at 10 MiB, three kept: a consortium left running fills no disk.
_LOG_BYTES = 10 << 20
_LOG_BACKUPS = 3


@dataclass(frozen=True)
class Program:
    """`name` is ORG.COMPONENT; `environment` is complete but for PATH, HOME and TMPDIR."""

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def section(self, run: Path, logs: Path) -> str:
        """The program's section of the supervisor's configuration file."""
        command = (str(LAUNCH), str(self.pid_file(run)), *self.command)
        environment = ",".join(f'{key}="{value}"' for key, value in self.environment.items())
        settings = {
            "command": shlex.join(command),
            "directory": self.directory,
            "environment": environment,
            "umask": "077",
            "autostart": "false",
            "autorestart": "true",
            "startretries": 5,
            "stopwaitsecs": 10,
            "stopasgroup": "true",  # a node's training worker stops with it
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": logs / f"{self.name}.log",
            "stdout_logfile_maxbytes": _LOG_BYTES,
            "stdout_logfile_backups": _LOG_BACKUPS,
        }
        lines = [f"{key}={str(value).replace('%', '%%')}" for key, value in settings.items()]
        return "\n".join((f"[program:{self.name}]", *lines, ""))

    def pid_file(self, run: Path) -> Path:
        """Where `launch` leaves the process id."""
        return run / f"{self.name}.pid"
