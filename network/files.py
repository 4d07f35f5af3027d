"""Write files whole or not at all: neither interruption nor power cut leaves half of one."""

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Put `content` at `path` in one step, with `mode`; its folder is made if it is missing."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())  # or a power cut might leave the name without the content
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_yaml(path: Path, value: Any, mode: int = 0o644) -> None:
    """`value` as YAML at `path`, keys in the order given."""
    write(path, yaml.safe_dump(value, sort_keys=False), mode)
