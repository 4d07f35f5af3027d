"""A cache of the test's own for what is built, though not for what Go compiles on the way."""

import asyncio
from pathlib import Path

import pytest

from network.golang.toolchain import find_toolchain
from network.steps.process import run


@pytest.fixture(scope="session")
def go() -> Path:
    return asyncio.run(find_toolchain((1, 24))).go


@pytest.fixture(scope="session")
def go_cache(go: Path) -> str:
    """Where the user's Go keeps compiled packages: the standard library compiles for a minute."""
    return asyncio.run(run([go, "env", "GOCACHE"])).lines[-1]


@pytest.fixture
def cache(tmp_path: Path, go_cache: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOCACHE", go_cache)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weftwork"
