"""`node.yaml`: what the owner of a node says about it. Checked as a whole before anything runs."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from provider_node.trainer.means import Means
from weftwork.config import Connection, Device, Precision, Strict, load_yaml
from weftwork.config.mistakes import Location
from weftwork.learning.data import LocalData
from weftwork.learning.data.sources import named_twice
from weftwork.learning.privacy.parameters import Mode
from weftwork.names import Name


def _port_exists(address: str) -> str:
    port = address.rpartition(":")[2]
    if not 1 <= int(port) <= 65535:
        raise ValueError(f"there is no port {port}; choose one from 1 to 65535")
    return address


Address = Annotated[
    str,
    Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"),
    AfterValidator(_port_exists),
]


Epsilon = Annotated[Decimal, Field(gt=0, le=1000)]
Delta = Annotated[Decimal, Field(gt=0, lt=1)]


class PrivacyLimits(Strict):
    """What the owner lets a task learn of a sample, whatever the task asks for.

    `exact` figures of private tasks (how many samples, the training loss, scores of updates on
    held-out data) would tell of the data: unless listed, a count leaves with noise that the budget
    pays for, a loss does not leave, and updates are scored on the task's validation data alone.
    """

    modes: tuple[Mode, ...] = Field(
        ("none", "ddp-sgd", "client-level"), min_length=1, description="that a task may choose"
    )
    epsilon_per_task: Epsilon = Decimal(10)
    epsilon_per_data_set: Epsilon = Field(Decimal(30), description="over all tasks, for ever")
    delta: Delta = Field(Decimal("1e-5"), description="at most; what data sets are accounted at")
    exact: tuple[Literal["samples", "loss", "scores"], ...] = ()
    noise: Literal["torch", "cryptographic"] = Field("torch", description="where it comes from")


class NodeConfig(Strict):
    """One node. Relative paths are relative to the file."""

    name: Name = Field(description="the participant name that it registers")
    role: Literal["provider", "archive"] = "provider"
    connection: Path = Field(description="its identity, and the way to its organisation's peer")
    listen: Address = Field(description="host:port of its gRPC server")
    endpoint: Address = Field(description="host:port under which the other nodes reach it")
    store: Path = Field(description="folder of its artifacts and journals; made if absent")
    data: tuple[LocalData, ...] = ()
    policy: Path | None = Field(None, description="file that says which tasks it may take part in")
    privacy: PrivacyLimits = PrivacyLimits()
    device: Device = "cpu"
    threads: int = Field(
        0, ge=0, le=1024, description="of the trainer; 0: as many as torch finds right"
    )
    processes: int = Field(1, ge=1, le=16, description="that train together, a GPU each")
    precision: Precision = Field("float32", description="of the forward and backward pass")
    compile: bool = Field(False, description="by torch.compile, what can be")
    physical_batch: int | None = Field(
        None, ge=1, description="samples that a process works on at once at most"
    )
    poll_seconds: float = Field(30, ge=1, le=3600, description="between looks that no event caused")

    @property
    def means(self) -> Means:
        """What its trainer computes with."""
        return Means(
            self.device,
            self.threads,
            self.processes,
            self.precision,
            self.compile,
            self.physical_batch,
        )

    def load_connection(self) -> Connection:
        """The connection file; `ConfigError` names what is wrong in it."""
        return load_yaml(self.connection, Connection)


def load(path: Path) -> NodeConfig:
    """Read `node.yaml`; `ConfigError` lists every mistake with its line."""
    return load_yaml(path, NodeConfig, _contradictions)


def _contradictions(document: dict[str, Any], _: Path) -> Iterator[tuple[Location, str]]:
    data = document.get("data") or []
    if document.get("role", "provider") == "provider" and not data:
        yield ("role",), "a provider needs at least one entry under data; or set role: archive"
    if document.get("role") == "archive" and data:
        yield ("data",), "an archive trains nothing: remove it, or set role: provider"
    if document.get("role") == "archive" and document.get("policy"):
        yield ("policy",), "an archive trains nothing: remove it, or set role: provider"
    if document.get("device") == "mps" and document.get("processes", 1) != 1:
        yield ("processes",), "there is one Apple GPU; remove it, or choose another device"
    yield from named_twice(data)
