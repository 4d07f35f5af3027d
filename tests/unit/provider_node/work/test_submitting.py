"""An update goes to the ledger, signed with the key that the node has by then."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from provider_node.work.training import submit
from tests.unit.provider_node.test_site import site
from tests.unit.provider_node.worlds import held, journal, round_, update, view
from weftwork.ledger.records import Receipt, Update


class Ledger:
    """Of an identity whose certificate was renewed after the training."""

    def __init__(self) -> None:
        self.rounds = SimpleNamespace(submit_update=self._submit)
        self.submitted: list[Update] = []

    def sign_update(self, task: str, number: int, digest: str) -> str:
        return f"by the new key: {task} {number} {digest}"

    async def _submit(self, task: str, number: int, update: Update) -> Receipt:
        self.submitted.append(update)
        return Receipt(outcome="recorded", transaction_id="tx")


async def test_what_was_trained_before_a_restart_is_signed_with_the_new_key(tmp_path: Path) -> None:
    ledger, made = Ledger(), update("f1")
    node = replace(site(tmp_path), ledger=cast("Any", ledger))
    seen = view(newest=round_(), notes=journal(made=[1]), on_disk=held("update of f1 in 1"))
    await submit(node, seen)
    signature = f"by the new key: digits-1 1 {made.digest}"
    assert ledger.submitted == [made.model_copy(update={"signature": signature})]
