"""Command lines: every failure is one line on stderr and a documented exit code."""

import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import click

from weftwork.errors import EnvironmentFaultError, WeftworkError
from weftwork.terminal import printable

__all__ = ["INTERRUPTED", "Program", "Settings", "json_option", "setting", "show", "verbose_option"]

INTERRUPTED = 130

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings:
    """How a program speaks. A command gets it with `click.pass_obj`."""

    json: bool = False
    verbose: bool = False


class Program(click.Group):
    """A click group whose errors are those of `weftwork.errors`, in the words of a person.

    Wrong usage is one line too, not click's three, and Ctrl-C exits as shells expect (130).
    `settings` is the class of the object that options made by `setting` are kept in.
    """

    def __init__(self, *rest: Any, settings: type[Settings] = Settings, **more: Any) -> None:
        super().__init__(*rest, **more)
        self._settings = settings

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used, not the alphabet's."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Input that ends too early is an error: click takes it for Ctrl-C."""
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise WeftworkError(f"what was read ends too early: {error}") from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line `args` and exit; `standalone_mode` is always so."""
        settings = extra.setdefault("obj", self._settings())
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            code = show(error, settings)
        except WeftworkError as error:
            code = show(error, settings)
        except (click.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except OSError as error:
            fault = EnvironmentFaultError.of(error)
            code = _reader_left() if error.errno == errno.EPIPE else show(fault, settings)
        if code:  # a failed command's calls live on in its traceback, and gRPC waits 2 s for them
            gc.collect()
        sys.exit(code if isinstance(code, int) else 0)


def setting(name: str, **attributes: Any) -> Callable[[F], F]:
    """An option that is kept in the settings under its own name, wherever on the line it stands."""
    return click.option(name, expose_value=False, callback=_keep, **attributes)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and parameter.name:
        setattr(context.find_object(Settings), parameter.name, value)


json_option = setting("--json", is_flag=True, help="Print JSON instead of text.")
verbose_option = setting("--verbose", is_flag=True, help="Add the cause to an error.")


def show(error: Exception, settings: Settings) -> int:
    """Print `error` on stderr (as JSON where JSON was asked for) and return its exit code."""
    code = int(getattr(error, "exit_code", 1))
    if settings.json:
        click.echo(_as_json(error, code), err=True)
        return code
    heading = click.style("error:", fg="red", bold=True)
    click.echo(f"{heading} {printable(_message(error))}", err=True)
    if settings.verbose:
        for cause in _causes(error):
            click.echo(f"  caused by {printable(cause)}", err=True)
    return code


def _message(error: Exception) -> str:
    if not isinstance(error, click.ClickException):
        return str(error)
    message = error.format_message()
    context = getattr(error, "ctx", None)
    return f"{message.rstrip('.')} (see {context.command_path} --help)" if context else message


def _as_json(error: Exception, code: int) -> str:
    import json

    document = {
        "kind": type(error).__name__,
        "exit_code": code,
        "message": _message(error).partition("\n")[0],
        "code": getattr(error, "code", ""),
        "problems": list(getattr(error, "problems", ())),
        "causes": _causes(error),
    }
    return json.dumps({"error": {key: value for key, value in document.items() if value}})


def _causes(error: BaseException) -> list[str]:
    """What led to `error`, one line each, from the nearest on."""
    chain: list[BaseException] = []
    cause = error.__cause__
    while cause is not None and cause not in (error, *chain):  # a careless `raise x from x`
        chain.append(cause)
        cause = cause.__cause__
    return [" ".join(f"{type(one).__name__}: {one}".split()) for one in chain]


def _reader_left() -> int:
    """`... | head` has seen enough, which is no error; nor may Python complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
