"""A Go module small enough for a test, built by the real Go into a cache of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from network.golang.compiler import Recipe

HELLO = 'package main\n\nfunc main() {\n\tprintln("hello")\n}\n'


MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def make_recipe(tmp_path: Path, cache: Path) -> MakeRecipe:
    """A recipe for `source`, the main file of a module of its own."""

    def make(source: str = HELLO, cgo: bool = False) -> Recipe:
        main = tmp_path / "module" / "cmd" / "hello" / "main.go"
        main.parent.mkdir(parents=True, exist_ok=True)
        main.write_text(source)
        go_mod = tmp_path / "module" / "go.mod"
        go_mod.write_text("module hello\n\ngo 1.24\n")
        inputs = (go_mod, main)
        return Recipe("Hello", "hello", tmp_path / "module", ("./cmd/hello",), inputs, cgo=cgo)

    return make
