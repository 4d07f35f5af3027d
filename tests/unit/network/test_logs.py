from pathlib import Path
from typing import TextIO

import pytest

from network import logs
from network.layout import Home
from weftwork.errors import NotFoundError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "factory1.peer.log").write_text("one\ntwo\nthree\n")
    return Home(tmp_path)


def test_the_last_lines(home: Home) -> None:
    log = logs.path(home, "factory1.peer")
    assert list(logs.lines(log, 2)) == ["two", "three"]
    with log.open("a") as file:
        file.write("fo")
    assert list(logs.lines(log, 2)) == ["three", "fo"]


def test_an_unknown_name_is_refused_with_those_there_are(home: Home) -> None:
    with pytest.raises(NotFoundError, match=r"factory9\.peer: .*there are: factory1\.peer"):
        logs.path(home, "factory9.peer")


def test_following_yields_new_lines_and_survives_rotation(home: Home) -> None:
    log = logs.path(home, "factory1.peer")
    lines = logs.lines(log, 1, follow=True)
    assert next(lines) == "three"
    with log.open("a") as file:
        file.write("four\nfi")
    assert next(lines) == "four"
    log.rename(log.with_suffix(".log.1"))
    log.write_text("five\n")
    assert [next(lines), next(lines)] == ["fi", "five"]


def test_what_is_written_in_the_moment_of_a_rotation_is_not_lost(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, rotated = logs.path(home, "factory1.peer"), logs._rotated
    moments = iter(["late\n"])

    def rotate_meanwhile(path: Path, file: TextIO) -> bool:
        for text in moments:
            with log.open("a") as written:
                written.write(text)
            log.rename(log.with_suffix(".log.1"))
            log.write_text("new\n")
        return rotated(path, file)

    monkeypatch.setattr(logs, "_rotated", rotate_meanwhile)
    lines = logs.lines(log, 1, follow=True)
    assert [next(lines) for _ in range(3)] == ["three", "late", "new"]
