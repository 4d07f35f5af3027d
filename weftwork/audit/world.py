"""What the ledger held when a call was made, by the names of its records; and who calls."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weftwork.audit.blocks import Transaction
from weftwork.audit.certificates import attribute, common_name, load
from weftwork.audit.findings import Broken, require

__all__ = ["Call", "Key", "Record", "World", "Writes", "canonical", "digest", "read_call"]

Key = tuple[str, ...]  # the kind of the record, then its names
Record = dict[str, Any]
Writes = dict[Key, Record]

_ROLE = "weftwork.role"

# How a distinguished name is written in an identity's id.
_TYPES = {
    "2.5.4.6": "C",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.17": "POSTALCODE",
}


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, and no needless escapes: as every record is written."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _whole(value: Any) -> Any:
    """Without halves of surrogate pairs: Go reads U+FFFD for each."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return value


def number(value: int) -> str:
    """A round or a term in a key."""
    return f"{value:05d}"


@dataclass(frozen=True)
class Call:
    """A call as its transaction has it. `name` is the caller's registered one, "" if it has none.

    `id` is what the ledger knows the identity by: subject and issuer of its certificate.
    """

    function: str
    arguments: tuple[str, ...]
    now_ms: int
    tx_id: str
    msp: str
    id: str
    name: str
    common_name: str
    role: str
    certificate: x509.Certificate

    @property
    def key(self) -> str:
        """The certificate's public key, as it is recorded: base64 of DER."""
        public = self.certificate.public_key()
        return base64.b64encode(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    @property
    def pem(self) -> str:
        """The certificate, as it is recorded."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def take(self, count: int) -> tuple[str, ...]:
        """The arguments, if there are so many. Raises `Broken`."""
        require(len(self.arguments) == count, f"{len(self.arguments)} arguments, should be {count}")
        return self.arguments

    def document(self, argument: str) -> Any:
        """An argument that is JSON, as Go reads it. Raises `Broken`."""
        try:
            return _whole(json.loads(argument))
        except ValueError as error:
            raise Broken(f"an argument is no JSON: {error}") from error


@dataclass
class World:
    """The records of chaincode `weftwork`, as the valid transactions so far wrote them."""

    records: dict[Key, Record] = field(default_factory=dict)

    def get(self, *key: str) -> Record | None:
        """A record, None if it is not there."""
        return self.records.get(key)

    def has(self, *key: str) -> bool:
        """Whether it is there."""
        return key in self.records

    def need(self, *key: str) -> Record:
        """A record. Raises `Broken` if it is not there."""
        found = self.records.get(key)
        if found is None:
            raise Broken(f"there is no record {'/'.join(key)}")
        return found

    def those_with(self, names: Iterable[str], *before: str) -> list[str]:
        """Those of the names that have a record whose key is `before` and the name."""
        return [name for name in names if (*before, name) in self.records]

    def apply(self, writes: Writes) -> None:
        """Go on from what was written."""
        self.records.update(writes)


def read_call(transaction: Transaction, world: World) -> Call:
    """Who calls what. Raises `Broken`."""
    if transaction.action is None:
        raise Broken("it calls no chaincode")
    function, *arguments = (one.decode() for one in transaction.action.arguments)
    certificate = load(transaction.creator.certificate)
    subject, issuer = _distinguished(certificate.subject), _distinguished(certificate.issuer)
    identity = base64.b64encode(f"x509::{subject}::{issuer}".encode()).decode()
    registered = world.get("identity", transaction.creator.msp, identity)
    return Call(
        function=function,
        arguments=tuple(arguments),
        now_ms=transaction.at_ms,
        tx_id=transaction.id,
        msp=transaction.creator.msp,
        id=identity,
        name=registered["name"] if registered else "",
        common_name=common_name(certificate),
        role=attribute(certificate, _ROLE),
        certificate=certificate,
    )


def _distinguished(name: x509.Name) -> str:
    """RFC 2253: the last part first; parts of several attributes are joined by a plus.

    Parts that have one kind of attribute are joined, too, as Go reads and writes names again.
    """
    parts = [[(one.oid.dotted_string, str(one.value)) for one in rdn] for rdn in name.rdns]
    return ",".join(_part(part) for part in _regrouped(parts))


def _regrouped(parts: list[list[tuple[str, str]]]) -> list[list[tuple[str, str]]]:
    """Of country, organisation, unit, locality, province, street and code in this order."""
    order = ["2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.7", "2.5.4.8", "2.5.4.9", "2.5.4.17"]
    flat = [one for part in parts for one in part]
    grouped = [[one for one in flat if one[0] == kind] for kind in order]
    last = [[one for one in flat if one[0] == kind][-1:] for kind in ("2.5.4.3", "2.5.4.5")]
    return [part for part in reversed(grouped + last) if part]


def _part(part: list[tuple[str, str]]) -> str:
    return "+".join(f"{_TYPES[kind]}={_escaped(value)}" for kind, value in part)


def _escaped(value: str) -> str:
    escaped = "".join("\\" + one if one in ',+"\\<>;' else one for one in value)
    if escaped[:1] in (" ", "#"):
        escaped = "\\" + escaped
    return escaped[:-1] + "\\ " if value.endswith(" ") and len(value) > 1 else escaped
