"""What every benchmark writes: the machine, and rows of a value beside a peer's.

`{"machine": {...}, "rows": [{"name", "value", "unit", "peer", "peer_value", "ratio"}]}`
"""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Row", "machine", "show", "write"]


@dataclass(frozen=True)
class Row:
    """One measurement. `peer` is what it is compared with; without one, the last two are None."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value over peer's value."""
        return self.value / self.peer_value if self.peer_value else None


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def write(path: Path, rows: Sequence[Row], measured_on: dict[str, str | int | float]) -> None:
    """Write the rows as JSON."""
    content = {
        "machine": measured_on,
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def show(rows: Sequence[Row]) -> None:
    """Print the rows as a table."""
    for row in rows:
        line = f"{row.name:24} {row.value:10.2f} {row.unit:6}"
        if row.peer_value is not None:
            line += f"  {row.peer}: {row.peer_value:.2f}"
        if row.ratio is not None:
            line += f" (ratio {row.ratio:.2f})"
        print(line)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
