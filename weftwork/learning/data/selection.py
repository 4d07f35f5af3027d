"""The part of a source that its split keeps, chosen when all of its samples have been seen."""

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.portions import Portion, Spans
from weftwork.learning.data.readers import place
from weftwork.learning.data.sources import Source, Split
from weftwork.learning.data.splits import split_rows

__all__ = ["Selection"]


class Selection:
    """Notes where samples were cut from, as they are read; 24 bytes each are kept of windows."""

    def __init__(self, source: Source, split: Split) -> None:
        self._source = source
        self._split = split
        self._spans: list[Spans] = []

    def note(self, portion: Portion) -> None:
        """See the next samples."""
        if portion.spans is not None:
            self._spans.append(portion.spans)

    def rows(self, y: np.ndarray) -> NDArray[np.int64]:
        """The rows of the part, of all samples that were noted; `DataError` if there are none."""
        spans = Spans.joined(self._spans) if self._spans else None
        found = split_rows(y, self._split, spans)
        if not len(found):
            groups = "" if spans is None else f" in {len(np.unique(spans.group))} groups"
            raise DataError(
                f"{place(self._source)}: split: of {len(y)} samples{groups} the {self._split.part}"
                " part has none"
            )
        return found
