from pathlib import Path

from network import deployment
from network.deployment import Deployment
from network.layout import Home
from network.package import Chaincode


def _binary(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    home = Home(tmp_path)
    known = Deployment(
        name="weftwork",
        binary=_binary(tmp_path / "program", b"1"),
        collections=None,
        ports={"factory1": 21140},
    )
    assert deployment.recall(home) == {}
    deployment.remember(home, [known])
    assert deployment.recall(home) == {"weftwork": known}


def test_the_deployed_program_survives_the_next_build(tmp_path: Path) -> None:
    built = _binary(tmp_path / "weftwork", b"first")
    kept = deployment.keep(Home(tmp_path / "home"), Chaincode("weftwork", built))
    built.write_bytes(b"second")
    assert kept.binary.read_bytes() == b"first"
    assert kept.binary.stat().st_mode & 0o100
    assert kept.version == deployment.keep(Home(tmp_path / "home"), kept).version


def test_collections_are_kept_with_the_program(tmp_path: Path) -> None:
    collections = tmp_path / "collections.json"
    collections.write_text("[]")
    built = Chaincode("probe", _binary(tmp_path / "probe", b"1"), collections)
    kept = deployment.keep(Home(tmp_path / "home"), built)
    assert kept.collections is not None
    assert kept.collections != collections
    assert kept.package_id == built.package_id
