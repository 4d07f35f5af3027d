"""The policy as its file has it now: a change holds from the next look on, without a restart."""

import threading
from pathlib import Path

from provider_node.consent.policy import Policy
from provider_node.consent.rules import rulings
from provider_node.consent.ruling import refusals
from weftwork.config import load_yaml
from weftwork.errors import ConfigError, RefusedError
from weftwork.ledger.records import Task

__all__ = ["PolicyFile"]

# What tells a file from the one that was there before: times, size, and the file itself.
Version = tuple[int, ...] | None


class PolicyFile:
    """The policy in the file at `path`; without one every task is allowed.

    While the file cannot be read, or has a mistake, nothing is allowed and nothing is given up:
    no task is joined, none is trained, and none is left, which would be final.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read: tuple[Version, Policy] | None = None
        self._reading = threading.Lock()

    @property
    def version(self) -> Version:
        """Another one whenever the file has changed; None where there is none."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)

    def load(self) -> Policy:
        """The policy; `ConfigError` names file, line and key of what is wrong in it."""
        if self._path is None:
            return Policy()
        with self._reading:
            version = self.version  # before the file is read: what changes meanwhile is read again
            if self._read is None or version is None or self._read[0] != version:
                self._read = version, load_yaml(self._path, Policy)
            return self._read[1]

    def refusal(self, task: Task) -> str:
        """Why the policy does not allow `task`; empty if it does.

        Raises `RefusedError` while the policy cannot be read.
        """
        try:
            policy = self.load()
        except ConfigError as error:
            why = str(error).replace("\n ", ";")
            raise RefusedError(f"nothing is allowed until it is mended: {why}", "policy") from error
        return refusals(rulings(policy, task))
