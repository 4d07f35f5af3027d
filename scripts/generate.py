"""Generate `weftwork/wire` from `proto`: messages, services and their types.

python scripts/generate.py            write the generated code
python scripts/generate.py --check    fail if what is there differs from what would be written

The output depends on the .proto files and the pinned generators alone.
"""

import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc  # type: ignore[import-untyped] # it ships no types

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
WIRE = Path("weftwork/wire")
NOTE = '"""Generated from `proto` by `scripts/generate.py`; do not edit."""\n'


def generate(output: Path) -> None:
    """Write the package `weftwork.wire` under `output`."""
    # The virtual folder makes generated modules import one another as weftwork.wire.*, where they
    # are, instead of by their path under `proto`.
    folders = [f"-I{WIRE}={PROTO / 'weftwork'}", f"-I{resources.files('grpc_tools') / '_proto'}"]
    outputs = [f"--{kind}_out={output}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    binaries = Path(sys.executable).parent
    plugins = [
        f"--plugin=protoc-gen-{kind}={binaries / f'protoc-gen-{kind}'}"
        for kind in ("mypy", "mypy_grpc")
    ]
    sources = sorted((PROTO / "weftwork").rglob("*.proto"))
    names = [str(WIRE / source.relative_to(PROTO / "weftwork")) for source in sources]
    if protoc.main(["protoc", *folders, *plugins, *outputs, *names]) != 0:
        raise SystemExit("protoc failed")
    packages = {output / WIRE} | {path.parent for path in (output / WIRE).rglob("*_pb2.py")}
    for package in packages:
        while package != output / WIRE.parent:
            (package / "__init__.py").write_text(NOTE)
            package = package.parent


def content(root: Path) -> dict[str, bytes]:
    """The generated files under `root` by their path."""
    paths = (path for path in (root / WIRE).rglob("*") if path.suffix in {".py", ".pyi"})
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def main() -> None:
    """Write or check the generated code."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        wanted, found = content(Path(folder)), content(ROOT)
    stale = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    if "--check" in sys.argv[1:]:
        if stale:
            raise SystemExit(f"not fresh: {', '.join(stale)}; run: python scripts/generate.py")
        return
    for name in stale:
        path = ROOT / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[name])
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
