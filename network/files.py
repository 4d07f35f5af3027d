"""Write files whole or not at all: neither interruption nor power cut leaves half of one."""

from pathlib import Path
from typing import Any

import yaml

from weftwork.files import replace


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Put `content` at `path` in one step, with `mode`; its folder is made if it is missing."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, data, mode)


def write_yaml(path: Path, value: Any, mode: int = 0o644) -> None:
    """`value` as YAML at `path`, keys in the order given."""
    write(path, yaml.safe_dump(value, sort_keys=False), mode)
