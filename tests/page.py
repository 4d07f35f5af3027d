"""A page of the documentation as its fenced blocks."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
OWN_MODEL = REPOSITORY / "docs" / "tutorial" / "own-model-and-data.md"


def blocks(page: Path, *languages: str) -> list[str]:
    """The blocks in these languages, in order, each with its last newline."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [text for language, text in found if language in languages]
