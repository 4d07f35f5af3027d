"""What a check found."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal

from weftwork.errors import EnvironmentFaultError, WeftworkError

__all__ = ["Caution", "Finding", "Verdict", "bad", "find"]

Verdict = Literal["good", "caution", "bad"]


@dataclass(frozen=True)
class Finding:
    """`said` is what is the case and, unless it is good, what would be right."""

    subject: str
    verdict: Verdict
    said: str
    exit_code: int = 0


class Caution(WeftworkError):  # noqa: N818 - no error yet
    """Something that works now, and will not for ever."""


async def find(subject: str, examination: Awaitable[str]) -> Finding:
    """What `examination` returns is good; what it raises is not."""
    try:
        return Finding(subject, "good", await examination)
    except Caution as caution:
        return Finding(subject, "caution", str(caution))
    except WeftworkError as error:
        return bad(subject, error)
    except OSError as error:
        return bad(subject, EnvironmentFaultError.of(error))


def bad(subject: str, error: WeftworkError) -> Finding:
    """`error` is to mend."""
    return Finding(subject, "bad", str(error), error.exit_code)
