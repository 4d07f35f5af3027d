"""Command lines of ours: what a failure looks like, and its exit code."""

import asyncio
import errno
import json
import weakref

import click
import pytest

from weftwork.errors import ConfigError
from weftwork.program import Program, json_option, verbose_option


def ends_with(error: BaseException, *arguments: str) -> int:
    @click.group(cls=Program)
    @verbose_option
    @json_option
    def commands() -> None:
        pass

    @commands.command()
    @verbose_option
    def fail() -> None:
        raise error from ValueError("the cause")

    with pytest.raises(SystemExit) as ended:
        commands([*arguments], prog_name="program")
    return int(ended.value.code or 0)


def test_a_mistake_is_one_line_and_its_classs_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(ConfigError("topology.yaml: 1 mistake"), "fail") == 3
    assert capsys.readouterr().err == "error: topology.yaml: 1 mistake\n"


@pytest.mark.parametrize("arguments", [("--verbose", "fail"), ("fail", "--verbose")])
def test_the_cause_is_shown_on_demand(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(ConfigError("wrong"), *arguments)
    assert "caused by ValueError: the cause" in capsys.readouterr().err


def test_an_error_is_json_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(ConfigError("wrong", ("line 1: x",)), "--json", "fail") == 3
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["kind"], error["exit_code"], error["problems"]) == (
        "ConfigError",
        3,
        ["line 1: x"],
    )


def test_a_full_disk_is_one_line_and_code_10(capsys: pytest.CaptureFixture[str]) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/data/ledger")
    assert ends_with(full, "fail") == 10
    assert capsys.readouterr().err == "error: /data/ledger: No space left on device\n"


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(KeyboardInterrupt(), "fail") == 130
    assert capsys.readouterr().err.strip() == ""


def test_input_that_ends_too_early_is_no_interrupt(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(EOFError("no end-of-stream marker"), "fail") == 1
    error = "error: what was read ends too early: no end-of-stream marker\n"
    assert capsys.readouterr().err == error


def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(ValueError(), "fial") == 2
    assert capsys.readouterr().err == "error: No such command 'fial' (see program --help)\n"


def test_nothing_that_a_failed_command_held_lives_on_to_the_exit() -> None:
    held = []

    class Channel:
        """Stands for what has to end before Python does."""

    async def call() -> None:
        channel = Channel()
        held.append(weakref.ref(channel))
        raise ConfigError("refused")

    @click.command()
    def fail() -> None:
        asyncio.run(call())

    with pytest.raises(SystemExit):
        Program(commands={"fail": fail})(["fail"], prog_name="program")
    assert held[0]() is None
