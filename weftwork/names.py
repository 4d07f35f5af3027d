"""The names of participants, tasks and models, as the ledger allows them."""

import re
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["NAME_RULE", "Name", "is_name"]

# In the words of an error.
NAME_RULE = "must be at most 63 of a-z, 0-9, dot and dash, and begin with a letter or digit"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


def is_name(text: str) -> bool:
    """Whether the ledger takes `text` as a name; then it is fit for the name of a file, too."""
    return _NAME.fullmatch(text) is not None


def _checked(text: str) -> str:
    if not is_name(text):
        raise ValueError(NAME_RULE)
    return text


Name = Annotated[str, AfterValidator(_checked)]
