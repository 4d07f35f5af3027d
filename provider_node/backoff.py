"""When to try again what failed: soon at first, then ever later, up to a bound."""

import random
import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

__all__ = ["Backoff"]

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 30.0


@dataclass
class _Failures:
    count: int
    not_before: float


@dataclass
class Backoff:
    """The failures of one task's steps. Times are monotonic seconds."""

    _failures: dict[Hashable, _Failures] = field(default_factory=dict)

    def ready(self, key: Hashable) -> bool:
        """Whether `key` may be tried now."""
        failures = self._failures.get(key)
        return failures is None or time.monotonic() >= failures.not_before

    def failed(self, key: Hashable, longest: float = LONGEST_SECONDS) -> float:
        """Note a failure of `key`; the seconds, `longest` at most, until it may be tried again."""
        count = self.failures(key) + 1
        limit = min(FIRST_SECONDS * 2 ** min(count - 1, 20), longest)
        wait = random.uniform(limit / 2, limit)  # noqa: S311 - spreads load, hides nothing
        self._failures[key] = _Failures(count, time.monotonic() + wait)
        return wait

    def defer(self, key: Hashable, seconds: float) -> None:
        """Let `key`, if it is new here, wait: others may do it meanwhile."""
        self._failures.setdefault(key, _Failures(0, time.monotonic() + seconds))

    def give_up(self, key: Hashable) -> None:
        """Do not try `key` again as long as it is wanted."""
        self._failures[key] = _Failures(self.failures(key) + 1, float("inf"))

    def failures(self, key: Hashable) -> int:
        """How often in a row `key` has failed."""
        failures = self._failures.get(key)
        return failures.count if failures else 0

    def only(self, keys: Iterable[Hashable]) -> None:
        """Forget the failures of everything else: it succeeded, or nobody wants it any more."""
        wanted = set(keys)
        self._failures = {key: one for key, one in self._failures.items() if key in wanted}

    def seconds_until(self, *keys: Hashable) -> float:
        """Until the first of `keys` may be tried; infinite if there is none."""
        now = time.monotonic()
        waits = [one.not_before - now for key in keys if (one := self._failures.get(key))]
        return max(min(waits, default=float("inf")), 0)
