"""The error tree. A command shows one line a person can act on and exits with the class's code.

WeftworkError               1  something went wrong that no class below describes
├── UsageError              2  the command line is wrong
├── ConfigError             3  a file that the user wrote is wrong: names file, line, key, remedy
├── ConnectionFailedError   4  a peer, node or CA cannot be reached, or is not trusted
├── RefusedError            5  the ledger or a node refused: names the rule
├── NotFoundError           6  what was asked for does not exist
├── IntegrityError          7  bytes do not have the digest, size or signature they should
├── DeadlineError           8  it did not happen in time
├── DataError               9  a data set does not fit its schema: names row and column
├── EnvironmentFaultError  10  this machine: a port in use, a missing compiler, a full disk
├── UnfinishedError        11  a task has no final model, or an audit not all that it should check
├── DefectError            12  a program is wrong: a model's, or Weftwork's own
└── (130 is an interrupt, as shells have it)

Each package refines these where it needs to (`weftwork.ledger.errors`, `weftwork.identity.errors`).
"""

from typing import Self


class WeftworkError(Exception):
    """The root. The message is one line: what was wrong, where, and what would be right."""

    exit_code = 1


class UsageError(WeftworkError):
    """The command line is wrong."""

    exit_code = 2


class ConfigError(WeftworkError):
    """A file that the user wrote is wrong. Each entry of `problems` names line, key and remedy."""

    exit_code = 3

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__("\n  ".join((message, *problems)))
        self.problems = problems


class ConnectionFailedError(WeftworkError):
    """A peer, a node or a CA cannot be reached, or its certificate is not trusted."""

    exit_code = 4


class RefusedError(WeftworkError):
    """The ledger or a node refused a request; `code` is the rule's stable name."""

    exit_code = 5

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotFoundError(WeftworkError):
    """What was asked for does not exist."""

    exit_code = 6


class IntegrityError(WeftworkError):
    """Bytes do not have the digest, size or signature that they should have."""

    exit_code = 7


class DeadlineError(WeftworkError):
    """It did not happen in time."""

    exit_code = 8


class DataError(WeftworkError):
    """A data set does not fit its schema; the message names row and column.

    `seen` is the part of the message that is the data's own: for the eyes of their owner.
    """

    exit_code = 9

    def __init__(self, message: str, seen: str = "") -> None:
        super().__init__(message)
        self._seen = seen

    @property
    def without_values(self) -> str:
        """The message as it may be logged: file, row and column, and nothing of the data."""
        return str(self).replace(self._seen, "...") if self._seen else str(self)


class EnvironmentFaultError(WeftworkError):
    """This machine lacks something: a free port, a compiler, disk space."""

    exit_code = 10

    @classmethod
    def of(cls, error: OSError, place: object = "this machine") -> Self:
        """What the operating system refused, in one line: of which file, or else at `place`."""
        fault = cls(f"{error.filename or place}: {error.strerror or error}")
        fault.__cause__ = error
        return fault


class UnfinishedError(WeftworkError):
    """A task has no final model (yet), or an audit could not check all that it was asked to."""

    exit_code = 11


class DefectError(WeftworkError):
    """A program is wrong: a model's, or Weftwork's own. With the same input it fails again."""

    exit_code = 12
