"""Which transactions count: those that nothing overtook between endorsement and order."""

from weftwork.audit.blocks import Action, Transaction, Version
from weftwork.audit.findings import require

__all__ = ["CONFLICT", "VALID", "Versions"]

VALID, CONFLICT = 0, 11  # of peer.TxValidationCode


class Versions:
    """The version of every key. The peer's own verdicts are signed by nobody: they follow."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Version] = {}
        self._ids: set[str] = set()

    def is_current(self, action: Action) -> bool:
        """Whether all that it read is what is there now."""
        return all(self._newest.get(key) == version for key, version in action.reads)

    def seen(self, transaction: Transaction) -> bool:
        """Whether there was a transaction of this id before; from now on, there was."""
        again = transaction.id in self._ids
        self._ids.add(transaction.id)
        return again

    def check(self, transaction: Transaction) -> None:
        """Check the validation code that the exporting peer noted. Raises `Broken`."""
        again = self.seen(transaction)
        action = transaction.action
        if action is None or transaction.code not in (VALID, CONFLICT):
            return
        current = self.is_current(action)
        if transaction.code == VALID:
            require(not again, "a transaction of this id was valid before")
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
