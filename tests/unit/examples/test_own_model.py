"""docs/tutorial/own-model-and-data.md shows the files of examples/own-model as they are."""

import subprocess
import sys
from pathlib import Path

from tests.page import OWN_MODEL, REPOSITORY, blocks

EXAMPLE = REPOSITORY / "examples" / "own-model"
SHOWN = ("pumps/pumps/model.py", "pumps/pyproject.toml", "data.yaml", "task.yaml", "predict.py")


def test_the_page_shows_the_files() -> None:
    assert blocks(OWN_MODEL, "python", "toml", "yaml") == [
        (EXAMPLE / name).read_text() for name in SHOWN
    ]


def test_the_page_shows_the_first_readings(tmp_path: Path) -> None:
    script = str(EXAMPLE / "make_readings.py")
    subprocess.run([sys.executable, "-W", "error", script, str(tmp_path)], check=True)
    first = (tmp_path / "factory1.csv").read_text().splitlines(keepends=True)[:3]
    assert blocks(OWN_MODEL, "text")[0] == "".join(first)
