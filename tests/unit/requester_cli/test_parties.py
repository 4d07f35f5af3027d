"""Which archive a task goes to."""

from pathlib import Path
from typing import Any, cast

import pytest

from requester_cli.parties import archive_of
from weftwork.errors import ConfigError, NotFoundError
from weftwork.ledger import Ledger
from weftwork.ledger.records import Participant


class Register:
    """A ledger that knows these participants, asked by somebody of `OwnMSP`."""

    msp_id = "OwnMSP"

    def __init__(self, *known: Participant) -> None:
        self.participants = self
        self._known = list(known)

    async def list(self) -> list[Participant]:
        return self._known


def node(name: str, **changes: Any) -> Participant:
    content = {"name": name, "msp_id": "OwnMSP", "common_name": name, "role": "archive"}
    return Participant.model_validate(content | {"certificate": ""} | changes)


OTHERS = (
    node("theirs", msp_id="OtherMSP"),
    node("gone", state="INACTIVE"),
    node("trainer", role="provider"),
)


async def chosen(file: Path, wanted: str | None, *known: Participant) -> str:
    ledger = cast("Ledger", Register(*OTHERS, *known))
    return (await archive_of(ledger, wanted, file)).name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "task.yaml"
    path.write_text("name: t\nround_seconds: 3\narchive: theirs\n")
    return path


async def test_the_only_archive_need_not_be_named(file: Path) -> None:
    assert await chosen(file, None, node("a")) == "a"
    assert await chosen(file, "b", node("a"), node("b")) == "b"


@pytest.mark.parametrize("wanted", ["theirs", "gone", "trainer", "nobody"])
async def test_an_archive_that_is_none_is_a_mistake_on_its_line(file: Path, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await chosen(file, wanted, node("a"), node("b"))
    assert str(caught.value).startswith(f"{file}: 1 mistake\n")
    assert caught.value.problems == (
        f"line 3: archive: {wanted!r} is no active archive of OwnMSP; there is a and b",
    )


async def test_of_several_one_has_to_be_named(file: Path) -> None:
    with pytest.raises(ConfigError, match="archive: missing: OwnMSP has several archives, a and b"):
        await chosen(file, None, node("a"), node("b"))


async def test_without_an_archive_the_remedy_is_named(file: Path) -> None:
    with pytest.raises(NotFoundError, match="no node of OwnMSP is registered as archive; start"):
        await chosen(file, None)
