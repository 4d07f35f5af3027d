from pathlib import Path

import pytest

from network import ownership, stopping, topology
from network.binaries import Binaries
from network.consortium import Consortium
from network.layout import Home
from weftwork.errors import NotFoundError, UsageError


@pytest.fixture
def somebodys(tmp_path: Path) -> Path:
    """A folder with files that have our names."""
    for name in ("public/page.html", "logs/factory1.peer.log", "run/other.pid", "topology.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("theirs")
    return tmp_path


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_removed_where_no_network_was_made(somebodys: Path) -> None:
    before = _files(somebodys)
    with pytest.raises(NotFoundError, match="no network here"):
        stopping.remove(Home(somebodys))
    stopping.stop(Home(somebodys))
    assert _files(somebodys) == before


def test_a_folder_with_files_of_others_is_not_made_ours(somebodys: Path) -> None:
    (somebodys / "topology.yaml").write_text(topology.load().render())
    consortium = Consortium(somebodys, Binaries(*(somebodys / "none" for _ in range(4))))
    before = _files(somebodys)
    with pytest.raises(UsageError, match=r"public, logs, run here is not this network's"):
        consortium.up(somebodys / "chaincode")
    assert _files(somebodys) == before | {"run/lock"}


def test_a_topology_laid_ready_and_our_own_lock_are_no_hindrance(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.topology.write_text("")
    home.run.mkdir()
    (home.run / "lock").touch()
    ownership.claim(home)
    (tmp_path / "mine.txt").write_text("kept")
    stopping.remove(home)
    assert _files(tmp_path) == {"mine.txt"}
