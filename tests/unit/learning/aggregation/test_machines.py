"""The same bits with other instructions: what a machine without them would compute.

numpy and numba choose instructions when they start, so each level is a process of its own, which
also says what it had. A level that this machine cannot show is skipped with the reason.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from platform import machine
from typing import Any

import pytest

from network.golang.toolchain import REPOSITORY
from tests.unit.learning.aggregation.digests import chosen_features

# What numba is told to compile for.
LEVELS = {
    "without-avx512": {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,-avx512f",
    },
    "baseline": {"NUMBA_CPU_NAME": "generic"},
}


def measured(folder: Path, disabled: list[str], processor: dict[str, str]) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if not _chooses(key)} | processor
    if disabled:
        environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(disabled)
    finished = subprocess.run(
        [sys.executable, "-m", "tests.unit.learning.aggregation.digests", folder],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=environment,
    )
    assert finished.returncode == 0, finished.stderr
    told: dict[str, Any] = json.loads(finished.stdout)
    return told


def _chooses(key: str) -> bool:
    return key.startswith(("NPY_", "NUMBA_"))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that this machine has."""
    return measured(tmp_path_factory.mktemp("everything"), [], {})


@pytest.mark.parametrize("level", LEVELS)
def test_the_digests_of_every_rule_are_the_same(
    level: str, everything: dict[str, Any], tmp_path: Path
) -> None:
    disabled = [one for one in chosen_features() if level == "baseline" or "AVX512" in one]
    if not disabled:
        pytest.skip(f"numpy has nothing to leave out here: {machine()}, {chosen_features()}")
    found = measured(tmp_path, disabled, LEVELS[level])
    assert set(everything["features"]) - set(found["features"]) == set(disabled)
    assert "zmm" not in found["registers"]
    if level == "baseline":
        assert found["features"] == []
        assert "ymm" not in found["registers"]
    assert found["digests"] == everything["digests"]
    assert found["distances"] == everything["distances"]
    ways = {name.rpartition(" ")[0]: digest for name, digest in found["digests"].items()}
    assert set(ways.values()) == set(found["digests"].values())  # numpy's and the compiled are one
