"""An interrupt while a process is being started is not lost, and comes once it is known."""

import signal
from collections.abc import Iterator

import pytest

from demo.interrupts import ENDINGS, deferred


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDINGS}
    for number in ENDINGS:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDINGS)
def test_it_comes_after_the_block(number: signal.Signals) -> None:
    done = []

    def start() -> None:
        with deferred():
            signal.raise_signal(number)
            done.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_without_one_nothing_happens() -> None:
    with deferred():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
