"""Text of other organisations, made fit for a terminal."""

import re

__all__ = ["printable"]

# C0, DEL and C1, but for tab and newline: with ESC or CSI a title could move the cursor, rename the
# window or worse. And halves of surrogate pairs, which JSON can name and no encoding can write.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with what no terminal should get replaced: control characters but tab and newline."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
