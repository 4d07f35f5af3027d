import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from network.package import PACKAGE_TYPE, Chaincode
from weftwork.errors import ConfigError


def _binary(folder: Path, content: bytes = b"program") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "chaincode"
    path.write_bytes(content)
    return path


def test_the_same_binary_gives_the_same_package_wherever_and_whenever(tmp_path: Path) -> None:
    first = Chaincode("weftwork", _binary(tmp_path / "a"))
    copy = tmp_path / "b" / "chaincode"
    copy.parent.mkdir()
    shutil.copy(first.binary, copy)
    second = Chaincode("weftwork", copy)
    assert first.package == second.package
    assert first.package_id == second.package_id


def test_another_binary_or_other_collections_give_another_version(tmp_path: Path) -> None:
    collections = tmp_path / "collections.json"
    collections.write_text("[]")
    binary = _binary(tmp_path)
    versions = {
        Chaincode("weftwork", binary).version,
        Chaincode("weftwork", _binary(tmp_path / "other", b"other")).version,
        Chaincode("weftwork", binary, collections).version,
    }
    assert len(versions) == 3


def test_the_package_holds_a_label_and_a_digest_and_nothing_else(tmp_path: Path) -> None:
    chaincode = Chaincode("weftwork", _binary(tmp_path))
    with tarfile.open(fileobj=io.BytesIO(chaincode.package)) as package:
        assert package.getnames() == ["metadata.json", "code.tar.gz"]
        metadata = package.extractfile("metadata.json")
        code = package.extractfile("code.tar.gz")
        assert metadata is not None
        assert code is not None
        assert json.load(metadata) == {"type": PACKAGE_TYPE, "label": chaincode.label}
        with tarfile.open(fileobj=code) as inner:
            version = inner.extractfile("version")
            assert inner.getnames() == ["version"]
            assert version is not None
            assert version.read().decode() == f"{chaincode.version}\n"


def test_a_missing_binary_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing-here: no such file"):
        _ = Chaincode("weftwork", tmp_path / "nothing-here").version
