"""What a person and a program read of an examination."""

import io
import json

from rich.console import Console

from provider_node.consent import Ruling, report
from provider_node.consent.examination import Examination

GOOD = Ruling("policy", "max_rounds", True, "the task's training.rounds is 2", "no limit")
BAD = Ruling("node.yaml", "privacy.modes", False, "the mode is [none]\x1b", "allows ddp-sgd")
FITS = Ruling("node", "data digits", True, "the task asks for data", "fits")


def shown(examination: Examination) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    report.show(examination, console)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_person_sees_each_rule_and_the_sum() -> None:
    assert shown(Examination("digits-1", (GOOD, BAD), (FITS,))) == [
        "allowed policy max_rounds the task's training.rounds is 2; no limit",
        "refused node.yaml privacy.modes the mode is [none]\ufffd; allows ddp-sgd",
        "allowed node data digits the task asks for data; fits",
        "this node would not take part in digits-1",
    ]
    assert shown(Examination("digits-1", (GOOD,), (FITS,)))[-1] == (
        "this node would take part in digits-1"
    )


def test_a_program_sees_them_too() -> None:
    document = json.loads(report.as_json(Examination("digits-1", (BAD,), ())))
    assert document == {
        "task": "digits-1",
        "allowed": False,
        "rules": [
            {
                "source": "node.yaml",
                "rule": "privacy.modes",
                "allowed": False,
                "asks": "the mode is [none]\x1b",
                "says": "allows ddp-sgd",
            }
        ],
    }


def test_the_exit_code_is_that_of_a_refusal() -> None:
    assert report.exit_code(Examination("digits-1", (GOOD,), (FITS,))) == 0
    assert report.exit_code(Examination("digits-1", (BAD,), (FITS,))) == 5
    assert report.exit_code(Examination("digits-1", (GOOD,), ())) == 5
