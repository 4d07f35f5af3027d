"""The user's cache: where it is."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/weftwork`, or `~/.cache/weftwork`; absolute, not created."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    # The specification of these folders says that a relative path is to be ignored.
    base = Path(configured) if configured.startswith("/") else Path.home() / ".cache"
    return base / "weftwork"
