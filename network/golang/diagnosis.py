"""From the output of a failed `go` command to the one line that says what to do."""

import re
from collections.abc import Sequence
from pathlib import Path

from weftwork.errors import EnvironmentFaultError, IntegrityError, WeftworkError

_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_COMPILER = re.compile(r"C compiler .* not found|fatal error: \w+\.h: No such file|cannot find -l")
_CHECKSUM = re.compile(r"checksum mismatch|SECURITY ERROR|missing go\.sum entry")
_NETWORK = re.compile(
    r"no such host|dial tcp|i/o timeout|network is unreachable|connection refused"
    r"|connection reset|TLS handshake|server misbehaving|module lookup disabled|unexpected EOF"
)
# What `go` says while nothing is wrong: the names of packages, downloads, headings.
_CHATTER = re.compile(r"^(go: downloading .*|[\w.\-/@]+|#.*)$")


def explain(what: str, lines: Sequence[str], log: Path) -> WeftworkError:
    """The error for output `lines` of a failed step `what`; `log` holds all of the output."""
    for pattern, error, text in (
        (_DISK, EnvironmentFaultError, "the disk is full; free about 4 GB and run it again"),
        (_COMPILER, EnvironmentFaultError, no_c_compiler()),
        (_CHECKSUM, IntegrityError, "downloaded source is not what go.sum says; do not use it"),
        (_NETWORK, EnvironmentFaultError, "Go modules cannot be downloaded; check the connection"),
    ):
        if found := next((line for line in lines if pattern.search(line)), None):
            return error(f"{what}: {text} ({_short(found)})")
    reason = next((line for line in lines if line and not _CHATTER.match(line)), "no output")
    return EnvironmentFaultError(f"{what} failed: {_short(reason)} (all of it: {log})")


def no_c_compiler() -> str:
    """What to do where nothing compiles C."""
    return "no working C compiler; install one (Debian, Ubuntu: build-essential; macOS: Xcode)"


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 200 else f"{line[:197]}..."
