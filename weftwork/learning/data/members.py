"""The members of a large JSON object, one at a time: never more than one of them is in memory."""

import json
from collections.abc import Iterator
from typing import IO, Any

from weftwork.errors import DataError

__all__ = ["Members"]

BLOCK = 1 << 20  # characters
FOLLOWING = frozenset(":,} \t\r\n")


class Members:
    """Walks through a JSON document; `DataError`, beginning with `name`, if it is none."""

    def __init__(self, file: IO[str], name: str) -> None:
        self._file = file
        self._name = name
        self._text = ""
        self._at = 0  # where in _text the next thing begins
        self._passed = 0  # characters of the document before _text
        self._decoder = json.JSONDecoder()

    def keys(self) -> Iterator[str]:
        """The keys of the object that is next; the caller takes each one's value before the next.

        A value is taken by `value`, or by `keys` again where it is an object.
        """
        self._expect("{")
        if self.peek() == "}":
            self._expect("}")
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._wrong()
            self._expect(":")
            yield key
            if self.peek() != ",":
                break
            self._expect(",")
        self._expect("}")

    def value(self) -> Any:
        """The value that is next, whole."""
        self.peek()
        size = BLOCK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                end = len(self._text)  # perhaps there is only too little of it
            # Inside an object one of these follows each value; a number may go on after a block.
            if self._text[end : end + 1] in FOLLOWING:
                self._at = end
                return value
            if not self._more(size):
                raise self._wrong()
            size *= 2

    def peek(self) -> str:
        """The character that is next, after white space."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._more(BLOCK):
                raise self._wrong()

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._wrong()
        self._at += 1

    def _more(self, size: int) -> bool:
        """Read on; false at the end of the document."""
        block = self._file.read(size)
        self._passed += self._at
        self._text = self._text[self._at :] + block
        self._at = 0
        return bool(block)

    def _wrong(self) -> DataError:
        place = self._passed + self._at + 1
        return DataError(f"{self._name}: is no JSON that can be read, at character {place:,}")
