"""A failure of a script is one line and the exit code of its class."""

import errno
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest

from network.golang.toolchain import REPOSITORY
from scripts import check, setup
from weftwork.errors import EnvironmentFaultError

FULL = OSError(errno.ENOSPC, "No space left on device")
NO_GO = EnvironmentFaultError("no Go 1.25 or newer")


def failing(error: Exception) -> Callable[..., object]:
    async def fail(*_: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FULL, f"error: {REPOSITORY}: No space left on device\n"),
        (NO_GO, "error: no Go 1.25 or newer\n"),
    ],
)
@pytest.mark.parametrize(("script", "work"), [(setup, "set_up"), (check, "check_all")])
def test_one_line_and_the_code_of_its_class(
    script: object,
    work: str,
    error: Exception,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["script", "base"])
    monkeypatch.setattr(script, work, failing(error))
    assert script.main() == 10  # type: ignore[attr-defined] # a module
    assert capsys.readouterr().err == line
