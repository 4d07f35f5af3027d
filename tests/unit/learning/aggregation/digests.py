"""The digests of one round by every rule, and the instructions that computed them.

    python -m tests.unit.learning.aggregation.digests FOLDER

Prints JSON: `features`, those of numpy's choices that it found and may use; `registers`, the vector
registers in what numba compiled; `digests`, by rule and whether compiled; `distances`, as float64.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.unit.learning.aggregation.rounds import RULES, Round, a_round, label
from weftwork.learning.aggregation import kernels, mean


def chosen_features() -> list[str]:
    """Of the instructions that numpy chooses among when it starts, those that it will use."""
    inside: Any = np._core._multiarray_umath  # type: ignore[attr-defined] # it is nowhere public
    return [name for name in inside.__cpu_dispatch__ if inside.__cpu_features__[name]]


def registers() -> list[str]:
    """Of xmm (128 bits), ymm (256) and zmm (512), those in the compiled sums."""
    compiled: Any = kernels.compiled()
    code = "".join(text for one in compiled for text in one.inspect_asm().values())
    return sorted(set(re.findall(r"\b([xyz]mm)\d", code)))


def big(folder: Path) -> Round:
    """With tensors of several blocks, and updates that are wild."""
    return a_round(folder, w=(2**17 + 4999,), scales=(1e20, 2.0))


def digests(folder: Path) -> dict[str, str]:
    """By numpy's loops, and by compiled ones."""
    found = {}
    for way, least in (("numpy", mean.COMPILE_FROM), ("compiled", 0)):
        mean.COMPILE_FROM = least
        for rule in RULES:
            file = big(folder).aggregate(rule)
            found[f"{label(rule)} {way}"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


if __name__ == "__main__":
    told = {
        "features": chosen_features(),
        "registers": registers(),
        "digests": digests(Path(sys.argv[1])),
        "distances": big(Path(sys.argv[1])).distances(),
    }
    print(json.dumps(told))  # noqa: T201 - its output is its result
