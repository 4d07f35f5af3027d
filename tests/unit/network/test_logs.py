import threading
from pathlib import Path

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
    assert logs.last_lines(logs.path(home, "factory1.peer"), 2) == ["two", "three"]


def test_an_unknown_name_is_refused_with_those_there_are(home: Home) -> None:
    with pytest.raises(NotFoundError, match=r"factory9\.peer: .*there are: factory1\.peer"):
        logs.path(home, "factory9.peer")


def test_following_yields_new_lines_and_survives_rotation(home: Home) -> None:
    log = logs.path(home, "factory1.peer")
    lines = logs.follow(log)

    def write() -> None:
        with log.open("a") as file:
            file.write("four\nfi")

    # It follows from the end of the file as it is when the first line is asked for.
    writer = threading.Timer(0.3, write)
    writer.start()
    assert next(lines) == "four"
    writer.join()
    log.rename(log.with_suffix(".log.1"))
    log.write_text("five\n")
    assert [next(lines), next(lines)] == ["fi", "five"]
