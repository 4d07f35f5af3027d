import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from network import binaries, topology
from network.consortium import Consortium
from network.sockets import with_free_ports
from weftwork.errors import EnvironmentFaultError


def test_too_little_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 30, 100 << 30, 5 << 20))
    nothing = binaries.Binaries(*(tmp_path / "none" for _ in range(4)))
    consortium = Consortium(tmp_path / "home", nothing, with_free_ports(topology.load()))
    with pytest.raises(EnvironmentFaultError, match=r"5 MiB of disk left, 1024 MiB needed"):
        consortium.up(tmp_path / "chaincode", nodes=False)
    assert not (tmp_path / "home" / "orgs").exists()
