"""Disk and port."""

import fcntl
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from provider_node.check import machine
from provider_node.check.finding import find
from provider_node.config import NodeConfig

Usage = namedtuple("Usage", "total used free")


def config(store: Path, listen: str = "127.0.0.1:1") -> NodeConfig:
    return NodeConfig(
        name="f1",
        connection=store / "connection.yaml",
        listen=listen,
        endpoint="localhost:1",
        store=store,
    )


async def test_a_store_that_is_not_made_yet(tmp_path: Path) -> None:
    finding = await find("disk", machine.disk(config(tmp_path / "a" / "b")))
    assert finding.verdict == "good"
    assert "GiB free" in finding.said
    assert not (tmp_path / "a").exists(), "a check changes nothing"


@pytest.mark.parametrize(
    ("free", "verdict", "code"), [(1 << 20, "bad", 10), (1 << 30, "caution", 0)]
)
async def test_little_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str, code: int
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, free))
    finding = await find("disk", machine.disk(config(tmp_path)))
    assert (finding.verdict, finding.exit_code) == (verdict, code)
    assert "make room, or move the store" in finding.said


async def test_a_store_below_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    finding = await find("disk", machine.disk(config(file / "store")))
    assert finding.verdict == "bad"
    assert str(file) in finding.said


def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with taken() as holder:
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
        finding = await find("port", machine.port(config(tmp_path, listen)))
    assert (finding.verdict, finding.exit_code) == ("bad", 10)
    assert f"{listen}: cannot listen there" in finding.said


async def test_a_port_that_is_free(tmp_path: Path) -> None:
    with taken() as holder:
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
    finding = await find("port", machine.port(config(tmp_path, listen)))
    assert (finding.verdict, finding.said) == ("good", f"{listen} is free")


async def test_a_node_that_runs_holds_its_own_port(tmp_path: Path) -> None:
    with taken() as holder, (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
        finding = await find("port", machine.port(config(tmp_path, listen)))
    assert (finding.verdict, finding.said) == ("good", f"{listen}: this node is running")


async def test_an_address_of_another_machine(tmp_path: Path) -> None:
    finding = await find("port", machine.port(config(tmp_path, "192.0.2.1:7070")))
    assert finding.verdict == "bad"
    assert "cannot listen there" in finding.said
