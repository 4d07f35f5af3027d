"""The chaincodes of a consortium, remembered so that the next `up` starts their services again."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from network import files
from network.layout import Home
from network.package import Chaincode
from weftwork.config import Strict, load_yaml


class Deployment(Strict):
    """One chaincode with the port of each organisation's service."""

    name: str
    binary: Path
    collections: Path | None = None
    ports: dict[str, int] = Field(description="organisation -> port of its service")

    @classmethod
    def of(cls, chaincode: Chaincode, ports: dict[str, int]) -> "Deployment":
        """`chaincode` served on `ports` (organisation -> port)."""
        return cls(
            name=chaincode.name,
            binary=chaincode.binary,
            collections=chaincode.collections,
            ports=ports,
        )

    @property
    def chaincode(self) -> Chaincode:
        """What is deployed."""
        return Chaincode(self.name, self.binary, self.collections)


class _Deployments(Strict):
    chaincodes: tuple[Deployment, ...] = ()


def recall(home: Home) -> dict[str, Deployment]:
    """The chaincodes that the consortium knows, by name."""
    if not _path(home).exists():
        return {}
    found = load_yaml(_path(home), _Deployments)
    return {deployment.name: deployment for deployment in found.chaincodes}


def remember(home: Home, deployments: Iterable[Deployment]) -> None:
    """Make these the chaincodes that the consortium knows."""
    rows = [deployment.model_dump(mode="json") for deployment in deployments]
    files.write_yaml(_path(home), {"chaincodes": rows})


def keep(home: Home, chaincode: Chaincode) -> Chaincode:
    """The same chaincode, from a copy of its binary and collections that no build overwrites."""
    folder = home.chaincodes / chaincode.label
    binary = _copy(chaincode.binary, folder / chaincode.name)
    collections = chaincode.collections and _copy(
        chaincode.collections, folder / "collections.json"
    )
    return Chaincode(chaincode.name, binary, collections)


def _copy(source: Path, target: Path) -> Path:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copy(source, temporary)
        temporary.replace(target)
    return target


def _path(home: Home) -> Path:
    return home.chaincodes / "deployed.yaml"
