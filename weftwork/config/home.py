"""Where a site keeps its state."""

import os
from pathlib import Path


def weftwork_home() -> Path:
    """`$WEFTWORK_HOME`, or `.weftwork` in the current folder; absolute, not created."""
    return Path(os.environ.get("WEFTWORK_HOME") or ".weftwork").absolute()
