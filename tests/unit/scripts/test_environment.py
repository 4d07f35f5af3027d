from pathlib import Path

from network.steps.progress import Progress
from scripts.environment import PART, InstallerProgress, without_cuda

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
