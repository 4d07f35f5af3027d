"""Readings of pumps, made up: a CSV file for each factory, and one to validate with.

python make_readings.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np

SHAKING = {"small": 1.0, "medium": 1.3, "large": 1.7}  # of a sound pump, in mm/s
# Each factory has one type of pump, and has not seen all that can happen to it.
FACTORIES = {
    "factory1": ("small", ["sound", "worn"]),
    "factory2": ("medium", ["sound", "broken"]),
    "factory3": ("large", ["worn", "broken"]),
}
READINGS = 2400  # of each pump in each state, ten a second


def readings(rng: np.random.Generator, kind: str, state: str) -> np.ndarray:
    """(time, 3): vibration in mm/s, pressure in bar, temperature in Celsius."""
    shaking = SHAKING[kind] * (2.5 if state == "worn" else 1)
    unrest = 1.0 if state == "broken" else 0.25
    vibration = shaking * np.sin(1.1 * np.arange(READINGS)) + rng.normal(0, 0.4, READINGS)
    pressure = 4 + SHAKING[kind] + rng.normal(0, unrest, READINGS)
    temperature = 40 + 4 * (state != "sound") + rng.normal(0, 4, READINGS)
    return np.stack([vibration, pressure, temperature], axis=1)


def write(path: Path, rng: np.random.Generator, pumps: list[tuple[str, list[str]]]) -> None:
    """The readings of some pumps, each going through some states, as a table."""
    lines = ["time,machine,vibration,pressure,temperature,state"]
    for number, (kind, states) in enumerate(pumps):
        rows = [(state, *row) for state in states for row in readings(rng, kind, state)]
        for i, (state, v, p, t) in enumerate(rows):
            lines.append(f"{i / 10},{kind}-{number},{v:.3f},{p:.3f},{t:.1f},{state}")
    path.write_text("\n".join([*lines, ""]))


def main(folder: Path) -> None:
    """Write the files."""
    for seed, (name, (kind, states)) in enumerate(FACTORIES.items()):
        write(folder / f"{name}.csv", np.random.default_rng(seed), [(kind, states)] * 3)
    every = [(kind, ["sound", "worn", "broken"]) for kind in SHAKING]
    write(folder / "validation.csv", np.random.default_rng(9), every)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
