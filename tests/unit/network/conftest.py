"""A cache of the test's own for what is built, though not for what Go needs on the way."""

import asyncio
from pathlib import Path

import pytest

from network.golang.toolchain import find_toolchain, go_environment
from network.steps.process import run


@pytest.fixture(scope="session")
def go() -> Path:
    return asyncio.run(find_toolchain((1, 24))).go


@pytest.fixture(scope="session")
def go_caches(go: Path) -> dict[str, str]:
    """Where Go keeps modules and compiled packages: the standard library compiles for a minute."""
    names = ("GOMODCACHE", "GOCACHE")
    finished = asyncio.run(run([go, "env", *names], environment=go_environment()))
    return dict(zip(names, finished.lines, strict=True))


@pytest.fixture
def cache(tmp_path: Path, go_caches: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, folder in go_caches.items():
        monkeypatch.setenv(name, folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weftwork"
