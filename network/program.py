"""`python -m network` as a program: one line for a mistake, and the exit code of its class."""

import signal
import sys

import click

from weftwork.errors import EnvironmentFaultError, WeftworkError

INTERRUPTED = 130


def run(commands: click.Group) -> None:
    """Run the command line, and exit."""
    settings = {"verbose": False}
    # Whoever ends us means the same as a person at the keyboard: undo what was begun.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        commands(obj=settings, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.exit(0)
    except (WeftworkError, OSError) as error:
        click.echo(f"error: {_message(error)}", err=True)
        if settings["verbose"]:
            _show_causes(error)
        sys.exit(getattr(error, "exit_code", EnvironmentFaultError.exit_code))


def _message(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'this machine'}: {error.strerror or error}"
    return str(error)


def _show_causes(error: BaseException) -> None:
    while (cause := error.__cause__ or error.__context__) is not None:
        click.echo(f"  caused by {type(cause).__name__}: {cause}", err=True)
        error = cause
