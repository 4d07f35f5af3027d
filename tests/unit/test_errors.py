"""The trees of errors are drawn as they are: names, exit codes."""

import re
from types import ModuleType

import pytest

from weftwork import errors
from weftwork.learning import errors as learning


@pytest.mark.parametrize("module", [errors, learning], ids=lambda one: one.__name__)
def test_a_tree_is_drawn_with_its_exit_codes(module: ModuleType) -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+Error) +(\d+)  ", module.__doc__ or "", re.M)
    own = {
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, errors.WeftworkError)
        and one.__module__ == module.__name__
    }
    assert {name: int(code) for name, code in drawn} == {one.__name__: one.exit_code for one in own}
