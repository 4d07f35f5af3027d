"""What a person and a program read of the findings."""

import io
import json

import pytest
from rich.console import Console

from provider_node.check import report
from provider_node.check.finding import Caution, Finding, find
from weftwork.errors import DataError

GOOD = Finding("disk", "good", "9 GiB free")
CAUTION = Finding("certificate", "caution", "expires [soon]")
BAD = Finding("ledger", "bad", "localhost:1: no answer", 4)
WORSE = Finding("port", "bad", "taken", 10)


def shown(*findings: Finding) -> str:
    console = Console(file=io.StringIO(), width=100)
    report.show(findings, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_person_sees_each_finding_and_a_sum() -> None:
    text = shown(GOOD, CAUTION, BAD)
    assert [line.split() for line in text.splitlines()] == [
        ["ok", "disk", "9", "GiB", "free"],
        ["mind", "certificate", "expires", "[soon]"],
        ["mend", "ledger", "localhost:1:", "no", "answer"],
        ["1", "to", "mend", "before", "this", "node", "can", "run"],
    ]
    assert shown(GOOD, CAUTION).endswith("this node can run\n")


def test_a_program_sees_them_too() -> None:
    document = json.loads(report.as_json([GOOD, BAD]))
    assert document == {
        "ok": False,
        "findings": [
            {"subject": "disk", "verdict": "good", "said": "9 GiB free", "exit_code": 0},
            {
                "subject": "ledger",
                "verdict": "bad",
                "said": "localhost:1: no answer",
                "exit_code": 4,
            },
        ],
    }


@pytest.mark.parametrize(
    ("findings", "code"), [([], 0), ([GOOD, CAUTION], 0), ([GOOD, BAD, WORSE], 4), ([WORSE], 10)]
)
def test_the_exit_code_is_that_of_the_first_thing_to_mend(
    findings: list[Finding], code: int
) -> None:
    assert report.exit_code(findings) == code


async def test_an_examination_ends_in_a_finding() -> None:
    async def good() -> str:
        return "well"

    async def soon() -> str:
        raise Caution("not for ever")

    async def bad() -> str:
        raise DataError("row 3")

    async def refused() -> str:
        raise PermissionError(13, "Permission denied", "store/lock")

    assert await find("a", good()) == Finding("a", "good", "well")
    assert await find("b", soon()) == Finding("b", "caution", "not for ever")
    assert await find("c", bad()) == Finding("c", "bad", "row 3", 9)
    assert await find("d", refused()) == Finding("d", "bad", "store/lock: Permission denied", 10)
