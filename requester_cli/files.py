"""The files that `fetch-model` writes: whole or not at all, and never over somebody's work."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weftwork.errors import UsageError
from weftwork.files import faults

MODEL = "model.safetensors"
CARD = "model-card.yaml"


def lacking(folder: Path, digest: str, text: bytes) -> set[str]:
    """Which of the two files `folder` lacks; `UsageError` if it has others of these names."""
    expected = {MODEL: digest, CARD: hashlib.sha256(text).hexdigest()}
    absent = {name for name in expected if not (folder / name).exists()}
    for name in sorted(expected.keys() - absent):
        with faults(folder / name, "cannot be read"), (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected[name]:
            raise UsageError(f"{folder / name} is another file; choose another folder with -o")
    return absent


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder inside `folder`, gone afterwards: what is whole there is renamed into its place."""
    with faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as name:
            yield Path(name)


def put(target: Path, source: Path) -> None:
    """Rename `source` to `target`, if nothing has that name."""
    if target.exists():
        raise UsageError(f"{target} appeared meanwhile; choose another folder with -o")
    with faults(target):
        source.rename(target)


def put_text(target: Path, text: bytes) -> None:
    """Write `text` as `target`, if nothing has that name."""
    with aside(target.parent) as folder:
        source = folder / target.name
        source.write_bytes(text)
        put(target, source)
