"""Text of other organisations, made fit for a terminal."""

import re

__all__ = ["printable"]

# C0, DEL and C1, but for tab and newline: with ESC or CSI a title could move the cursor, rename the
# window or worse.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """`text` with every control character but tab and newline replaced."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
