"""The announcement of an artifact, typed; and its message on the wire."""

from dataclasses import dataclass
from enum import Enum

from weftwork.artifacts.store import is_digest
from weftwork.ledger.records import Artifact
from weftwork.names import is_name
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire


class Kind(Enum):
    """What an artifact is to its task."""

    INITIAL_MODEL = wire.ARTIFACT_KIND_INITIAL_MODEL
    VALIDATION = wire.ARTIFACT_KIND_VALIDATION


@dataclass(frozen=True)
class Header:
    """An artifact that a task starts with. Raises `ValueError` for what cannot be a task's name."""

    task: str
    kind: Kind
    artifact: Artifact

    def __post_init__(self) -> None:
        if not is_name(self.task):  # it becomes the name of a file
            raise ValueError(f"task: {self.task[:80]!r} is not a task's name")


def header_to_wire(header: Header) -> wire.ArtifactHeader:
    """The message of a header."""
    return wire.ArtifactHeader(
        task=header.task,
        kind=header.kind.value,
        digest=header.artifact.digest,
        size=header.artifact.size,
    )


def header_from_wire(message: wire.ArtifactHeader) -> Header:
    """The header of a message. Raises `ValueError` for what a header cannot be."""
    if not is_digest(message.digest):
        raise ValueError("digest: 64 lowercase hexadecimal digits")
    artifact = Artifact(digest=message.digest, size=message.size)
    return Header(message.task, Kind(message.kind), artifact)
