"""The names of participants, tasks and models, as the ledger allows them."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["NAME_RULE", "Name", "did_you_mean", "is_name"]

# Enough to recognise a slip of the finger; the whole list would scroll the mistake away.
SUGGESTIONS = 3

# In the words of an error.
NAME_RULE = "must be at most 63 of a-z, 0-9, dot and dash, and begin with a letter or digit"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


def is_name(text: str) -> bool:
    """Whether the ledger takes `text` as a name; then it is fit for the name of a file, too."""
    return _NAME.fullmatch(text) is not None


def did_you_mean(typed: str, known: Sequence[str]) -> str:
    """What a person may have meant, as the end of an error; "" where nothing known is close."""
    close = [name for name in known if name.startswith(typed)]
    close += [name for name in get_close_matches(typed, known, SUGGESTIONS) if name not in close]
    return f"; did you mean {' or '.join(close[:SUGGESTIONS])}?" if close else ""


def _checked(text: str) -> str:
    if not is_name(text):
        raise ValueError(NAME_RULE)
    return text


Name = Annotated[str, AfterValidator(_checked)]
