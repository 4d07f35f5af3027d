"""Waiting times after failures."""

import pytest

from provider_node.backoff import FIRST_SECONDS, LONGEST_SECONDS, Backoff


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("provider_node.backoff.time.monotonic", lambda: now[0])
    return now


def test_what_never_failed_is_ready() -> None:
    backoff = Backoff()
    assert backoff.ready("step")
    assert backoff.seconds_until("step") == float("inf")


def test_each_failure_waits_longer_up_to_a_bound(clock: list[float]) -> None:
    backoff = Backoff()
    waits = [backoff.failed("step") for _ in range(2000)]
    for count, wait in enumerate(waits):
        limit = min(FIRST_SECONDS * 2 ** min(count, 30), LONGEST_SECONDS)
        assert limit / 2 <= wait <= limit
    assert backoff.failures("step") == 2000


def test_what_nobody_waits_for_is_tried_ever_more_seldom(clock: list[float]) -> None:
    backoff = Backoff()
    waits = [backoff.failed("step", longest=600) for _ in range(100)]
    assert 300 <= waits[-1] <= 600


def test_it_is_ready_when_the_time_has_come(clock: list[float]) -> None:
    backoff = Backoff()
    wait = backoff.failed("step")
    assert not backoff.ready("step")
    assert backoff.ready("another")
    assert backoff.seconds_until("step", "another") == pytest.approx(wait)
    clock[0] += wait
    assert backoff.ready("step")
    assert backoff.seconds_until("step") == 0


def test_what_was_given_up_is_never_ready(clock: list[float]) -> None:
    backoff = Backoff()
    backoff.give_up("step")
    clock[0] += 1e9
    assert not backoff.ready("step")
    assert backoff.seconds_until("step") == float("inf")


def test_what_is_no_longer_wanted_is_forgotten(clock: list[float]) -> None:
    backoff = Backoff()
    backoff.failed("a")
    backoff.failed("b")
    backoff.only(["b", "c"])
    assert (backoff.failures("a"), backoff.failures("b")) == (0, 1)


def test_what_is_deferred_waits_once_and_counts_as_no_failure(clock: list[float]) -> None:
    backoff = Backoff()
    backoff.defer("step", 4)
    assert not backoff.ready("step")
    assert backoff.seconds_until("step") == 4
    clock[0] += 3
    backoff.defer("step", 4)
    assert backoff.seconds_until("step") == 1, "each look defers it anew, and changes nothing"
    clock[0] += 1
    assert backoff.ready("step")
    assert backoff.failures("step") == 0
    assert backoff.failed("step") <= FIRST_SECONDS, "the first failure is the first"


def test_what_failed_is_not_deferred_on_top(clock: list[float]) -> None:
    backoff = Backoff()
    wait = backoff.failed("step")
    backoff.defer("step", 1000)
    assert backoff.seconds_until("step") == pytest.approx(wait)


def test_what_is_deferred_is_forgotten_when_another_did_it(clock: list[float]) -> None:
    backoff = Backoff()
    backoff.defer("step", 4)
    backoff.only(["another"])
    assert backoff.ready("step")
