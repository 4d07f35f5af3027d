import pytest

from requester_cli import units


@pytest.mark.parametrize(
    ("ppm", "text"), [(-1, "-"), (0, "0.0 %"), (917_000, "91.7 %"), (1_000_000, "100.0 %")]
)
def test_parts_per_million_as_percent(ppm: int, text: str) -> None:
    assert units.percent(ppm) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (61_656, "61.7 kB"),
        (999_600, "1.00 MB"),
        (412_000_000, "412 MB"),
        (5_300_000_000, "5.30 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_bytes_with_three_figures(count: int, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "-"), (0, "0.0 s"), (3_140, "3.1 s"), (99_940, "99.9 s"), (125_000, "125 s")],
)
def test_durations(milliseconds: int | None, text: str) -> None:
    assert units.seconds(milliseconds) == text


def test_a_moment_that_travels_is_utc() -> None:
    assert units.iso(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"


def test_a_moment_on_the_screen_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert units.time(1_700_000_000_000) == "2023-11-15 07:13:20"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert units.time(0) == "-"


@pytest.mark.parametrize(
    ("several", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_in_a_sentence(several: list[str], text: str) -> None:
    assert units.names(several) == text


def test_counted_things() -> None:
    assert [units.count(n, "round") for n in (0, 1, 2)] == ["0 rounds", "1 round", "2 rounds"]
