"""What others wrote cannot steer a terminal."""

import unicodedata

import click
import pytest

from weftwork.errors import WeftworkError
from weftwork.program import Settings, show
from weftwork.terminal import printable


def test_of_all_control_characters_tab_and_newline_remain() -> None:
    controls = [chr(i) for i in range(0x110000) if unicodedata.category(chr(i)) == "Cc"]
    assert [one for one in controls if printable(one) == one] == ["\t", "\n"]
    assert printable("caf\u00e9 \u4e2d \U0001f600 {}~") == "caf\u00e9 \u4e2d \U0001f600 {}~"


@pytest.mark.parametrize("error", [WeftworkError, click.ClickException])
def test_an_error_that_quotes_a_stranger_is_plain(
    error: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    failure = error("it was left: \x1b]0;owned\x07")
    failure.__cause__ = ValueError("\x9b2J")
    show(failure, Settings(verbose=True))
    assert not set(capsys.readouterr().err) & set("\x1b\x07\x9b")
