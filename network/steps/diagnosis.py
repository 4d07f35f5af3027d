"""From the output of a failed build or installation to the one line that says what to do."""

import re
from collections.abc import Sequence
from pathlib import Path

from weftwork.errors import EnvironmentFaultError, IntegrityError, WeftworkError

_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_COMPILER = re.compile(
    r"C compiler .* not found|fatal error: \w+\.h: No such file|cannot find -l"
    r"|command '?[\w./-]*(gcc|cc|clang)'? failed"
)
_CHECKSUM = re.compile(
    r"checksum mismatch|SECURITY ERROR|missing go\.sum entry|Hash mismatch|NOT MATCH THE HASHES"
)
_NETWORK = re.compile(
    r"no such host|dial tcp|i/o timeout|network is unreachable|connection refused"
    r"|connection reset|TLS handshake|server misbehaving|module lookup disabled|unexpected EOF"
    r"|error sending request|dns error|Failed to establish a new connection|Failed to fetch"
    r"|Read timed out|No matching distribution",
    re.IGNORECASE,
)
# What a tool says while nothing is wrong: names of packages, downloads, headings.
_CHATTER = re.compile(r"^(go: downloading .*|[\w.\-/@]+|#.*|Using .*|Resolved .*)$")


def explain(what: str, lines: Sequence[str], log: Path) -> WeftworkError:
    """The error for output `lines` of a failed step `what`; keeps all of them in the file `log`."""
    for pattern, error, text in (
        (_DISK, EnvironmentFaultError, "the disk is full; free some space and run it again"),
        (_COMPILER, EnvironmentFaultError, no_c_compiler()),
        (_CHECKSUM, IntegrityError, "a download is not what its pinned checksum says"),
        (_NETWORK, EnvironmentFaultError, "a download failed; check the connection, run it again"),
    ):
        if found := next((line for line in lines if pattern.search(line)), None):
            return error(f"{what}: {text} ({_short(found)})")
    log.write_text("\n".join(lines) + "\n")
    reason = next((line for line in lines if line and not _CHATTER.match(line)), "no output")
    return EnvironmentFaultError(f"{what} failed: {_short(reason)} (all of it: {log})")


def no_c_compiler() -> str:
    """What to do where nothing compiles C."""
    return "no working C compiler; install one (Debian, Ubuntu: build-essential)"


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 200 else f"{line[:197]}..."
