"""A publication whose fate is unknown can be repeated as the same one."""

from pathlib import Path
from typing import Any, cast

import pytest

from requester_cli import publication, taskfile
from requester_cli.definition import define
from requester_cli.publication import publish
from requester_cli.settings import Settings
from tests.unit.requester_cli.examples import sha
from tests.unit.requester_cli.reading import write
from tests.unit.requester_cli.taskfiles import GOOD
from weftwork.errors import DeadlineError, UsageError
from weftwork.ledger import Ledger, Unresolved
from weftwork.ledger.accounts import Accounts
from weftwork.ledger.records import Artifact, Participant
from weftwork.ledger.wallet import Wallet


class Silent:
    """A ledger that takes a publication and says no more."""

    msp_id, common_name = "OwnMSP", "me"

    def __init__(self) -> None:
        self.participants = self.tasks = self

    async def list(self) -> list[Participant]:
        return [
            Participant(
                name="me", msp_id="OwnMSP", common_name="me", role="requester", certificate=""
            )
        ]

    def wallet(self, account: str) -> Wallet:
        return Wallet(cast("Accounts", self), account)

    async def publish(self, *_: Any) -> None:
        raise Unresolved("abc", "no answer")


async def test_the_way_to_repeat_it_is_named(tmp_path: Path) -> None:
    file, _ = taskfile.read(write(tmp_path, GOOD | {"reward": {"amount": 0, "unit": "credit"}}))
    definition = define(file, Artifact(digest=sha("model 0"), size=1), None, "archive")
    with pytest.raises(DeadlineError, match=r"show-task digits-1` .*repeat with --id digits-1"):
        await publication._record(cast("Ledger", Silent()), "me", "digits-1", definition)


@pytest.mark.parametrize("task", ["", "Digits", "a/b", "x" * 64])
def test_an_id_that_no_task_can_have_is_wrong_usage(tmp_path: Path, task: str) -> None:
    with pytest.raises(UsageError, match=r"--id: .* a-z, 0-9, dot and dash"):
        publish(Settings(), tmp_path / "not-even-read.yaml", task=task, watch=False)
