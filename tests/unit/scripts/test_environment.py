import asyncio
from pathlib import Path
from typing import Any

import pytest

from network.steps.process import Finished
from network.steps.progress import Progress
from scripts import environment
from scripts.environment import PART, Environment, InstallerProgress, without_cuda

REQUIREMENTS = Path(__file__).resolve().parents[3] / "requirements"


def test_the_cpu_variant_leaves_out_cuda_and_keeps_every_other_hash() -> None:
    compiled = (REQUIREMENTS / "base.txt").read_text()
    rest, torch = without_cuda(compiled)
    assert torch.startswith("torch==")
    names = {line.split("==")[0] for line in rest.splitlines() if "==" in line[:60]}
    assert not [name for name in names if name.startswith(("nvidia", "triton", "torch"))]
    assert {"numpy", "grpcio", "sympy"} <= names  # sympy is what torch needs in either variant
    assert rest.count("--hash=") > 500
    assert not [line for line in rest.splitlines() if "nvidia" in line and "--hash" in line]


def test_the_installers_lines_become_progress() -> None:
    told: list[Progress] = []
    installer = InstallerProgress(told.append)
    for line in (
        "Using Python 3.11.7 environment at: .venv",
        "Downloading torch (858.1MiB)",
        "Downloading numpy (16.2MiB)",
        " Downloaded numpy",
        "Prepared 87 packages in 3m 2s",
        "Installed 87 packages in 4s",
        " + numpy==2.3.5",
    ):
        installer(line)
    assert told == [
        Progress(PART, "downloading", 0, 858, "MiB"),
        Progress(PART, "downloading", 0, 874, "MiB"),
        Progress(PART, "downloading", 16, 874, "MiB"),
        Progress(PART, "installing"),
    ]


class Installers:
    """Stands in for `run`: the commands that were run, and whether ever two at once."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.clashed = False
        self._busy = False

    async def __call__(self, command: list[str], **_: Any) -> Finished:
        self.commands.append(tuple(command))
        self.clashed |= self._busy
        self._busy = True
        await asyncio.sleep(0.05)
        self._busy = False
        return Finished(0, ())


@pytest.fixture
def installers(monkeypatch: pytest.MonkeyPatch) -> Installers:
    monkeypatch.delenv("TORCH", raising=False)
    monkeypatch.setattr(environment, "run", found := Installers())
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which nothing is set up."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "requirements").mkdir()
    for kind in ("bootstrap", "build", "go", "base", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# {kind}")
    return tmp_path


async def test_two_set_ups_at_once_take_each_step_once_and_one_after_the_other(
    root: Path, installers: Installers
) -> None:
    told: list[Progress] = []
    first, second = Environment(root, told.append), Environment(root, told.append)
    await asyncio.gather(first.install("dev"), second.install_go(), second.install("dev"))
    assert not installers.clashed
    assert len(installers.commands) == len(set(installers.commands)) == 5
    assert Progress(PART, "waiting for another set-up") in told


async def test_a_step_is_taken_again_when_what_it_is_made_from_has_changed(
    root: Path, installers: Installers
) -> None:
    await Environment(root, lambda _: None).install("base")
    before = len(installers.commands)
    await Environment(root, lambda _: None).install("base")
    assert len(installers.commands) == before
    (root / "requirements" / "base.txt").write_text("# another")
    await Environment(root, lambda _: None).install("base")
    [again] = installers.commands[before:]
    assert str(root / "requirements" / "base.txt") in again


async def test_packages_of_the_tests_are_enough_for_the_demo(
    root: Path, installers: Installers
) -> None:
    await Environment(root, lambda _: None).install("dev")
    before = len(installers.commands)
    await Environment(root, lambda _: None).install("base")
    assert len(installers.commands) == before
