"""The numbers of a model's file, and files with other ones."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from provider_node.site import Site
from weftwork.ledger.records import Artifact

Floats = NDArray[np.float32]


def read(file: Path) -> tuple[bytes, Floats]:
    """A safetensors file of float32 tensors: its header, and all numbers behind it."""
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return content[:start], np.frombuffer(content[start:], "<f4")


def write(file: Path, header: bytes, numbers: Floats) -> None:
    """The file again, with these numbers."""
    file.write_bytes(header + numbers.astype("<f4").tobytes())


def named(header: bytes, provider: str) -> bytes:
    """The header of the same tensors, in a file that says it is this provider's."""
    document = json.loads(header[8:]) | {"__metadata__": {"provider": provider}}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of eight
    return len(text).to_bytes(8, "little") + text


async def keep(site: Site, header: bytes, numbers: Floats) -> Artifact:
    """Such a file in the node's store."""
    with site.scratch_file() as file:
        write(file, header, numbers)
        return await site.keep(file)
