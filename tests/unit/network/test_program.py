import errno
import shutil
import signal
from collections import namedtuple
from pathlib import Path

import click
import pytest

from network import binaries, program, topology
from network.consortium import Consortium
from network.sockets import with_free_ports
from weftwork.errors import ConfigError, EnvironmentFaultError


def _ends_with(error: BaseException, *arguments: str) -> int:
    @click.group()
    @click.option("--verbose", is_flag=True)
    @click.pass_obj
    def commands(settings: dict[str, bool], verbose: bool) -> None:
        settings["verbose"] = verbose

    @commands.command()
    def fail() -> None:
        raise error from ValueError("the cause")

    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["network", *arguments, "fail"])
        with pytest.raises(SystemExit) as ended:
            program.run(commands)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return int(ended.value.code or 0)


def test_a_mistake_is_one_line_and_its_classs_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert _ends_with(ConfigError("topology.yaml: 1 mistake")) == 3
    assert capsys.readouterr().err == "error: topology.yaml: 1 mistake\n"


def test_the_cause_is_shown_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    _ends_with(ConfigError("wrong"), "--verbose")
    assert "caused by ValueError: the cause" in capsys.readouterr().err


def test_a_full_disk_is_one_line_and_code_10(capsys: pytest.CaptureFixture[str]) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/data/ledger")
    assert _ends_with(full) == 10
    assert capsys.readouterr().err == "error: /data/ledger: No space left on device\n"


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert _ends_with(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err.strip() == ""


def test_too_little_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 30, 100 << 30, 5 << 20))
    nothing = binaries.Binaries(*(tmp_path / "none" for _ in range(4)))
    consortium = Consortium(tmp_path / "home", nothing, with_free_ports(topology.load()))
    with pytest.raises(EnvironmentFaultError, match=r"5 MiB of disk left, 1024 MiB needed"):
        consortium.up(tmp_path / "chaincode", nodes=False)
    assert not (tmp_path / "home" / "orgs").exists()
