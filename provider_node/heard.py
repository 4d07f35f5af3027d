"""How far this node has heard the ledger's events."""

from pathlib import Path

import structlog

from weftwork.errors import ConfigError, EnvironmentFaultError
from weftwork.ledger import ChaincodeEvent, FileCheckpoint, MemoryCheckpoint

__all__ = ["Heard"]

log = structlog.get_logger(__name__)


class Heard(MemoryCheckpoint):
    """A checkpoint that is kept in a file as far as the disk allows.

    Events only wake: to hear some of them again after a restart, or to have missed some before it,
    does no harm. To stop listening because the disk is full would.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = _readable(path)
        self._noted = True
        if self._file:
            self.block_number = self._file.block_number
            self.transaction_id = self._file.transaction_id

    def checkpoint_chaincode_event(self, event: ChaincodeEvent) -> None:
        """Everything up to this event has been heard."""
        super().checkpoint_chaincode_event(event)
        if self._file is None:
            return
        try:
            self._file.checkpoint_chaincode_event(event)
        except EnvironmentFaultError as error:
            if self._noted:  # once is enough until the disk takes it again
                log.warning("what was heard is not noted", reason=str(error))
            self._noted = False
        else:
            self._noted = True


def _readable(path: Path) -> FileCheckpoint | None:
    """The file's checkpoint, or a new one; None where the disk allows neither."""
    try:
        return FileCheckpoint(path)
    except ConfigError as error:
        log.warning("events are heard from now on", reason=str(error))
    try:
        path.unlink()
        return FileCheckpoint(path)
    except (OSError, ConfigError) as error:
        log.warning("what was heard is not noted", reason=str(error))
        return None
