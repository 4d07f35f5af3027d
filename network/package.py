"""A chaincode package for a service: the same bytes wherever the same binary is packaged.

It holds no code, no address and no key: only a label, made of the chaincode's name and the digest
of what is deployed. Each organisation approves that digest, and runs its own copy of the binary.
"""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from weftwork.errors import ConfigError

PACKAGE_TYPE = "weftwork-service"


@dataclass(frozen=True)
class Chaincode:
    """What to deploy: a service binary, and the private data collections it needs, if any."""

    name: str
    binary: Path
    collections: Path | None = None

    @cached_property
    def version(self) -> str:
        """Digest of binary and collections, 16 hexadecimal digits: changes when they do."""
        digest = hashlib.sha256()
        for path in filter(None, (self.binary, self.collections)):
            if not path.is_file():
                raise ConfigError(f"{path}: no such file; build the chaincode first")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    @property
    def label(self) -> str:
        """The package's label, which also names the file that says where the service listens."""
        return f"{self.name}_{self.version}"

    @cached_property
    def package(self) -> bytes:
        """The package, gzipped tar."""
        metadata = json.dumps({"type": PACKAGE_TYPE, "label": self.label}, separators=(",", ":"))
        code = _archive({"version": f"{self.version}\n".encode()})
        return _archive({"metadata.json": metadata.encode(), "code.tar.gz": code})

    @property
    def package_id(self) -> str:
        """What peers call the package, and what the service must call itself."""
        return f"{self.label}:{hashlib.sha256(self.package).hexdigest()}"


def _archive(entries: dict[str, bytes]) -> bytes:
    """A gzipped tar of those files, without times, owners or machine in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(packed.getvalue(), mtime=0)
