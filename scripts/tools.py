"""The Go tools that check our Go code, pinned in tools/go.mod."""

from network.golang.compiler import Recipe
from network.golang.toolchain import REPOSITORY

_FOLDER = REPOSITORY / "tools"

TOOLS = Recipe(
    title="Go tools",
    name="go-tools",
    directory=_FOLDER,
    packages=("honnef.co/go/tools/cmd/staticcheck", "mvdan.cc/gofumpt"),
    inputs=(_FOLDER / "go.mod", _FOLDER / "go.sum"),
)
