"""The command line itself: help, options, exit codes, and how quickly it is there."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from requester_cli.accounts import unknown
from requester_cli.cli import cli
from requester_cli.session import connection_file
from requester_cli.settings import Settings
from weftwork import errors
from weftwork.lookup import hint
from weftwork.program import show

COMMANDS = {
    "register": [],
    "deposit": ["requester.requester", "1000", "--reference", "bank-1"],
    "balance": [],
    "publish-task": ["task.yaml"],
    "list-tasks": [],
    "show-task": ["digits-3f9a1c"],
    "watch": ["digits-3f9a1c"],
    "fetch-model": ["digits-3f9a1c"],
    "cancel-task": ["digits-3f9a1c"],
    "payouts": ["digits-3f9a1c"],
    "explain-election": ["digits-3f9a1c", "1"],
    "participants": [],
    "export": ["digits-3f9a1c"],
}
FIRST, LAST = ["simulate"], ["verify", "models", "completion"]
OFFLINE = FIRST + LAST
HEAVY = {"torch", "grpc", "pyarrow", "matplotlib", "numpy", "pydantic", "rich", "cryptography"}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFTWORK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WEFTWORK_CONNECTION", raising=False)


def run(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, arguments, prog_name="requester_cli")


def loaded(*arguments: str) -> set[str]:
    """The packages that are loaded when the command line has done its work."""
    program = (
        "import sys, json, atexit\n"
        "names = lambda: sorted({name.partition('.')[0] for name in sys.modules})\n"
        "atexit.register(lambda: print(json.dumps(names()), file=sys.stderr))\n"
        "from requester_cli.__main__ import main\n"
        f"sys.argv[1:] = {list(arguments)!r}\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["publish-task", "--help"], ["completion", "zsh"]]
)
def test_help_and_completion_load_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded(*arguments) & HEAVY


def test_help_names_every_command_in_the_order_of_use() -> None:
    result = run("--help")
    assert result.exit_code == 0
    listed = result.output.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [*FIRST, *COMMANDS, *LAST]
    assert "..." not in listed  # no summary is cut off


@pytest.mark.parametrize("command", [*COMMANDS, *OFFLINE])
def test_every_command_explains_itself(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert {"--json", "--connection", "--verbose"} <= set(result.output.split())


def test_models_are_listed_without_torch_and_without_a_connection() -> None:
    assert "torch" not in loaded("models")


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"publish-task"}))
def test_without_a_connection_the_remedy_is_named(command: str, tmp_path: Path) -> None:
    result = run(command, *COMMANDS[command])
    assert result.exit_code == errors.ConfigError.exit_code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    file = "treasurer.yaml" if command == "deposit" else "requester.yaml"
    assert line.startswith(f"error: {tmp_path}/home/{file}: no such connection file")
    assert "--connection" in line


def test_a_depositor_is_not_advised_what_deposit_ignores() -> None:
    result = run("deposit", *COMMANDS["deposit"])
    assert "name one with --connection, or start a consortium" in result.stderr
    assert "WEFTWORK_CONNECTION" not in result.stderr


@pytest.mark.parametrize("hash_", ["", "zz", "0" * 63, "0" * 65, "0x" + "0" * 62])
def test_what_is_no_hash_is_wrong_usage(hash_: str) -> None:
    result = run("verify", "digits-3f9a1c", "--genesis", hash_)
    assert result.exit_code == errors.UsageError.exit_code
    assert result.stderr.startswith(f"error: --genesis: {hash_!r} is no SHA-256")


def test_an_unknown_participant_suggests_who_was_meant() -> None:
    assert unknown("factry1", ["factory1", "lyon"]) == (
        "no participant 'factry1'; did you mean factory1?"
    )
    assert unknown("x", ["factory1"]).endswith(
        "; `requester_cli participants` shows all, and `requester_cli register` adds who calls it"
    )


def test_a_bundle_that_is_not_there_suggests_which_was_meant(tmp_path: Path) -> None:
    command = ["verify", "digits-3f9a1c", "--bundle"]
    result = run(*command, str(tmp_path / "digits-3f9a1c.bundle"))
    assert result.exit_code == errors.NotFoundError.exit_code
    assert result.stderr == (
        f"error: {tmp_path}/digits-3f9a1c.bundle: no such bundle;"
        " `requester_cli export` writes one\n"
    )
    assert run(*command, str(tmp_path / "none" / "x")).exit_code == errors.NotFoundError.exit_code
    (tmp_path / "digits-3f9a1c.tar").touch()
    (tmp_path / "digits-3f9a1c.txt").touch()
    (tmp_path / "digits-3f9a1d.bundle").mkdir()
    (tmp_path / "digits-3f9a1d.bundle" / "manifest.json").touch()
    result = run(*command, str(tmp_path / "digits-3f9a1c.bundle"))
    assert result.stderr.endswith("; did you mean digits-3f9a1d.bundle or digits-3f9a1c.tar?\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_error_is_json_where_json_was_asked_for(command: str) -> None:
    for arguments in (
        [command, *COMMANDS[command], "--json"],
        ["--json", command, *COMMANDS[command]],
    ):
        result = run(*arguments)
        assert result.exit_code == errors.ConfigError.exit_code
        error = json.loads(result.stderr)["error"]
        assert error["kind"] == "ConfigError"
        assert error["exit_code"] == errors.ConfigError.exit_code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst-tasks"], "No such command 'lst-tasks'"),
        (["list-tasks", "--jsn"], "No such option: --jsn Did you mean --json?"),
        (["watch"], "Missing argument 'TASK' (see requester_cli watch --help)"),
        (["list-tasks", "--state", "done"], "'done' is not one of"),
        (["completion", "powershell"], "'powershell' is not one of 'bash', 'zsh', 'fish'"),
        (["show-task", "a", "b"], "unexpected extra argument (b)"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == errors.UsageError.exit_code
    (line,) = result.stderr.splitlines()
    assert words in line


def test_the_connection_is_found_in_the_order_of_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connection_file(Settings()) == tmp_path / "home" / "requester.yaml"
    monkeypatch.setenv("WEFTWORK_CONNECTION", "/elsewhere.yaml")
    assert connection_file(Settings()) == Path("/elsewhere.yaml")
    assert connection_file(Settings(connection=Path("/named.yaml"))) == Path("/named.yaml")


def test_mistakes_in_a_task_file_come_before_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text("name: digits\ntitel: x\n")
    result = run("publish-task", str(path), "--json")
    error = json.loads(result.stderr)["error"]
    assert error["message"].startswith(f"{path}: ")
    assert "line 2: titel: unknown key; did you mean 'title'?" in error["problems"]


def test_verbose_adds_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text("name: [\n")
    assert "caused by ParserError" not in run("publish-task", str(path)).stderr
    assert "caused by ParserError" in run("publish-task", str(path), "--verbose").stderr


def test_every_error_of_the_tree_has_its_documented_exit_code() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "exit-codes.md"
    documented = {
        int(cells[1]): cells[2].strip(" `")
        for line in page.read_text().splitlines()
        if line.startswith("|") and (cells := line.split("|"))[1].strip().isdecimal()
    }
    tree = {
        kind.exit_code: kind.__name__
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.WeftworkError)
    }
    assert {code: name for code, name in documented.items() if code not in (0, 130)} == tree


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_exits_as_shells_expect(
    interrupt: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(settings: Settings) -> None:
        raise interrupt

    monkeypatch.setattr("requester_cli.participants.list_all", interrupted)
    result = run("participants")
    assert result.exit_code == 130
    assert result.stdout == ""


def test_a_reader_that_left_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m requester_cli completion zsh | true"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_completion_script_is_the_shells(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_REQUESTER_CLI_COMPLETE" in result.output
    document = json.loads(run("completion", shell, "--json").output)
    assert document == {"shell": shell, "script": result.output.removesuffix("\n")}


def test_completion_says_nothing_where_the_ledger_cannot_be_asked() -> None:
    environment = {
        "COMP_WORDS": "requester_cli watch dig",
        "COMP_CWORD": "2",
        "_REQUESTER_CLI_COMPLETE": "bash_complete",
    }
    result = CliRunner(mix_stderr=False).invoke(cli, env=environment, prog_name="requester_cli")
    assert result.exit_code == 0
    assert result.output.strip() == ""


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        ("digits-3f9a1d", ["digits-3f9a1c"], "; did you mean digits-3f9a1c?"),
        ("digits", ["digits-3f9a1c", "pumps-000000"], "; did you mean digits-3f9a1c?"),
        ("digits", ["digits-1", "digits-2"], "; did you mean digits-1 or digits-2?"),
        ("zzz", ["digits-3f9a1c"], "; `requester_cli list-tasks` shows all"),
        ("zzz", [], "; nothing was published yet"),
    ],
)
def test_an_unknown_task_suggests_what_was_meant(
    typed: str, known: list[str], expected: str
) -> None:
    assert hint(typed, known) == expected


def test_causes_end_even_where_an_error_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.RefusedError("no")
    error.__cause__ = cause = errors.WeftworkError("deeper")
    cause.__cause__ = error
    assert show(error, Settings(verbose=True)) == errors.RefusedError.exit_code
    assert capsys.readouterr().err == "error: no\n  caused by WeftworkError: deeper\n"
