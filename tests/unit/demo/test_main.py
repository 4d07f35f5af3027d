"""What `python -m demo` does about a failure of its own; the work itself is a scenario."""

import errno
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console

from demo import __main__ as demo
from network import binaries
from weftwork.errors import UsageError, WeftworkError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    nothing = binaries.Binaries(*(tmp_path / "none" for _ in range(4)))
    monkeypatch.setattr(binaries, "ensure", lambda: nothing)
    monkeypatch.setenv("WEFTWORK_HOME", str(tmp_path))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return tmp_path


def ends_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(demo, "_run", fail)
    with pytest.raises(SystemExit) as ended:
        demo.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "error: {home}: No space left on device",
        ),
        (OSError(errno.ENOSPC, "No space left", "/data/x"), "error: /data/x: No space left"),
        (WeftworkError("a name [in brackets]"), "error: a name [in brackets]"),
    ],
)
def test_a_failure_is_one_line_and_the_code_of_its_class(
    error: Exception,
    line: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    code = ends_with(error, monkeypatch)
    assert code == (10 if isinstance(error, OSError) else 1)
    assert capsys.readouterr().out.splitlines()[0] == line.format(home=home)


@pytest.mark.parametrize("gone", [errno.EIO, errno.EPIPE])
def test_the_consortium_is_stopped_though_nobody_reads_on(
    gone: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[object] = []

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(gone, "the terminal has gone")

    monkeypatch.setattr(Console, "print", refuse)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: stopped.append(command))
    assert ends_with(KeyboardInterrupt(), monkeypatch) == demo.INTERRUPTED
    assert stopped == [[sys.executable, "-m", "network", "down"]]


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("liar", "ensure", "code"),
    [
        pytest.param("ledaer", None, UsageError.exit_code, id="a-liar-that-there-is-not"),
        pytest.param("", _interrupt, demo.INTERRUPTED, id="interrupted"),
    ],
)
@pytest.mark.usefixtures("home")
def test_nothing_is_stopped_before_it_is_known_whose_it_is(
    liar: str, ensure: Callable[[], NoReturn] | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A consortium that was left running, say."""
    stopped: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: stopped.append(command))
    monkeypatch.setenv("LIAR", liar)
    if ensure:
        monkeypatch.setattr(binaries, "ensure", ensure)
    with pytest.raises(SystemExit) as ended:
        demo.main()
    assert ended.value.code == code
    assert stopped == []
