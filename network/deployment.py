"""The chaincodes of a consortium, remembered so that the next `up` starts their services again."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from network import files, pruning
from network.layout import Home
from network.package import Chaincode
from weftwork.config import Strict, load_yaml

# A version to go back to and one to compare with, beside those that are deployed.
_KEPT = 3


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


def forget_old(home: Home, name: str) -> None:
    """Remove the copies of `name` but the newest few and what is deployed."""
    deployed = {known.binary.parent for known in recall(home).values()}
    copies = [path.parent for path in home.chaincodes.glob(f"{name}_*/{name}")]
    pruning.keep_newest(copies, _KEPT, deployed)


def _copy(source: Path, target: Path) -> Path:
    if not target.exists():
        files.write(target, source.read_bytes(), source.stat().st_mode & 0o777)
    return target


def _path(home: Home) -> Path:
    return home.chaincodes / "deployed.yaml"
