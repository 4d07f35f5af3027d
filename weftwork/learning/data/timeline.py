"""When each row of a group was: later than the row before, and how much later."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from weftwork.errors import DataError
from weftwork.learning.data.clock import Clock, Times
from weftwork.learning.data.columns import Column

__all__ = ["Timeline"]


class Timeline:
    """Follows a table's column of times; knows the latest of each value of the column `group`.

    `max_gap` is in the column's units, or in seconds where it holds dates.
    """

    def __init__(self, group: str | None, max_gap: float | None) -> None:
        self._group = group
        self._max_gap = np.inf if max_gap is None else max_gap
        self._clock = Clock()
        self._latest: dict[str, float] = {}

    def gaps(
        self, column: Column, groups: Sequence[str], codes: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """(m,): whether a longer gap lies before a row; row i is of `groups[codes[i]]`.

        `DataError` names the first row that is not later than the one before of its group.
        """
        times = self._clock.read(column)
        before, known = self._before(times, groups, codes)
        wrong = np.flatnonzero(known & ~(times > before))
        if len(wrong):
            which = f" of the same {self._group!r}" if self._group else ""
            place = column.place(int(wrong[0]))
            raise DataError(f"{place}: is not later than the row before{which}")
        with np.errstate(invalid="ignore"):  # of infinite times
            rounded = np.spacing(np.abs(times) + np.abs(before)) if times.dtype.kind == "f" else 0
            return known & (times - before > self._max_gap * self._clock.per_unit + rounded)

    def _before(
        self, times: Times, groups: Sequence[str], codes: NDArray[np.int64]
    ) -> tuple[Times, NDArray[np.bool_]]:
        """The time of the row before in the same group, and whether there is one."""
        before, known = times.copy(), np.zeros(len(times), np.bool_)
        order = np.argsort(codes, kind="stable")
        before[order[1:]] = times[order[:-1]]
        known[order[1:]] = codes[order[1:]] == codes[order[:-1]]
        for first in np.flatnonzero(~known):
            group = groups[codes[first]]
            known[first] = group in self._latest
            before[first] = self._latest.get(group, times[first])
        last = np.append(np.flatnonzero(np.diff(codes[order])), len(order) - 1)
        for row in order[last[last >= 0]]:
            self._latest[groups[codes[row]]] = times[row].item()
        return before, known
