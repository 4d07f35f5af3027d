"""Which transactions count: those that nothing overtook between endorsement and order."""

from weftwork.audit.blocks import Action, Transaction, Version
from weftwork.audit.findings import require

__all__ = ["CONFLICT", "PHANTOM", "VALID", "Versions"]

VALID, CONFLICT, PHANTOM = 0, 11, 12  # of peer.TxValidationCode


class Versions:
    """The version of every key. The peer's own verdicts are signed by nobody: they follow."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Version] = {}
        self._ids: dict[str, int] = {}  # the first block that has it
        self._accepted: set[tuple[int, str]] = set()

    def is_current(self, action: Action) -> bool:
        """Whether all that it read is what is there now."""
        return all(self._newest.get(key) == version for key, version in action.reads)

    def before(self, transaction: Transaction) -> bool:
        """Whether an earlier block has a transaction of this id, valid or not."""
        return self._ids.get(transaction.id, transaction.block) < transaction.block

    def beside(self, transaction: Transaction) -> bool:
        """Whether one of this id, that nothing else spoke against, goes before it in its block."""
        return (transaction.block, transaction.id) in self._accepted

    def note(self, transaction: Transaction, *, accepted: bool) -> None:
        """From now on, there was a transaction of this id."""
        self._ids.setdefault(transaction.id, transaction.block)
        if accepted:
            self._accepted.add((transaction.block, transaction.id))

    def check(self, transaction: Transaction) -> None:
        """Check that it is noted as valid, or as overtaken, rightly. Raises `Broken`."""
        action = transaction.action
        if action is None:
            return
        current = self.is_current(action)
        if transaction.code == VALID:
            require(current, "it is noted as valid, but what it read had changed")
        else:
            require(not current, "it is noted as overtaken, but nothing that it read had changed")

    def apply(self, transaction: Transaction) -> None:
        """Note what a valid transaction wrote."""
        for key, value in transaction.action.writes if transaction.action else ():
            if value is None:
                self._newest.pop(key, None)
            else:
                self._newest[key] = (transaction.block, transaction.index)
