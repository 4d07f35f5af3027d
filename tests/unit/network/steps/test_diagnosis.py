from pathlib import Path

import pytest

from network.steps.diagnosis import explain
from weftwork.errors import EnvironmentFaultError, IntegrityError


@pytest.mark.parametrize(
    ("line", "error", "advice"),
    [
        (
            "/usr/bin/ld: final link failed: No space left on device",
            EnvironmentFaultError,
            "the disk is full",
        ),
        (
            'cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH',
            EnvironmentFaultError,
            "no working C compiler",
        ),
        (
            "verifying example.org/a@v1.0.0: checksum mismatch",
            IntegrityError,
            "not what its pinned checksum says",
        ),
        (
            'a@v1: Get "https://example.org": dial tcp: lookup example.org: no such host',
            EnvironmentFaultError,
            "check the connection",
        ),
        (
            "  ╰─▶ error sending request for url (https://example.org/torch/)",
            EnvironmentFaultError,
            "check the connection",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            IntegrityError,
            "not what its pinned checksum says",
        ),
    ],
)
def test_each_fault_says_what_to_do(
    line: str, error: type[Exception], advice: str, tmp_path: Path
) -> None:
    lines = ["go: downloading example.org/b v1.2.3", "example.org/c", line]
    fault = explain("building Fabric", lines, tmp_path / "log")
    assert type(fault) is error
    assert str(fault).startswith("building Fabric: ")
    assert advice in str(fault)
    assert line.strip() in str(fault)
    assert "\n" not in str(fault)


def test_an_unknown_fault_shows_its_first_words_and_keeps_the_rest(tmp_path: Path) -> None:
    lines = ["internal/abi", "# example.org/a", "a.go:7:2: undefined: b", "a.go:8:2: undefined: c"]
    fault = explain("building Fabric", lines, tmp_path / "log")
    assert str(fault) == (
        f"building Fabric failed: a.go:7:2: undefined: b (all of it: {tmp_path / 'log'})"
    )
    assert (tmp_path / "log").read_text().splitlines() == lines
