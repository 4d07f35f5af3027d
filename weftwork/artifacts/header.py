"""The announcement of an artifact, typed; and its message on the wire."""

from dataclasses import dataclass
from enum import Enum

from weftwork.artifacts.store import is_digest
from weftwork.ledger.records import Artifact
from weftwork.names import is_name
from weftwork.wire.artifacts.v1 import artifacts_pb2 as wire

# Base64 of an ECDSA signature on P-256 has 96 characters, on P-384 140.
_SIGNATURE_CHARACTERS = 256
_MAX_ROUND = 2**31 - 1


class Kind(Enum):
    """What an artifact is to its task."""

    INITIAL_MODEL = wire.ARTIFACT_KIND_INITIAL_MODEL
    VALIDATION = wire.ARTIFACT_KIND_VALIDATION
    UPDATE = wire.ARTIFACT_KIND_UPDATE


@dataclass(frozen=True)
class Header:
    """An artifact of a task; `round` counts from 1 and is 0 for what a task starts with.

    `signature` is an update's: base64, see `weftwork.signing`. Raises `ValueError` for a value that
    is out of its range.
    """

    task: str
    round: int
    kind: Kind
    artifact: Artifact
    signature: str = ""

    def __post_init__(self) -> None:
        if not is_name(self.task):  # it becomes the name of a file
            raise ValueError(f"task: {self.task[:80]!r} is not a task's name")
        if not 0 <= self.round <= _MAX_ROUND:
            raise ValueError(f"round: 0 to {_MAX_ROUND}")
        if len(self.signature) > _SIGNATURE_CHARACTERS:
            raise ValueError(f"signature: at most {_SIGNATURE_CHARACTERS} characters")
        if bool(self.signature) != (self.kind is Kind.UPDATE):
            raise ValueError("signature: an update has one, no other kind does")


def header_to_wire(header: Header) -> wire.ArtifactHeader:
    """The message of a header."""
    return wire.ArtifactHeader(
        task=header.task,
        round=header.round,
        kind=header.kind.value,
        digest=header.artifact.digest,
        size=header.artifact.size,
        signature=header.signature,
    )


def header_from_wire(message: wire.ArtifactHeader) -> Header:
    """The header of a message. Raises `ValueError` for what a header cannot be."""
    if not is_digest(message.digest):
        raise ValueError("digest: 64 lowercase hexadecimal digits")
    artifact = Artifact(digest=message.digest, size=message.size)
    kind = Kind(message.kind)
    return Header(message.task, message.round, kind, artifact, message.signature)
