"""A reading in several samples: the owner is told what the promise does not cover."""

from typing import Any

import pytest

from provider_node.overlaps import overlap_warning
from weftwork.learning.data import Builtin, Windows


def windows(length: int, stride: int | None) -> Windows:
    return Windows.model_validate(
        {"kind": "windows", "path": "t.csv", "length": length, "stride": stride}
    )


@pytest.mark.parametrize("mode", ["ddp-sgd", "ddp-sgd-paper"])
def test_windows_that_overlap(mode: Any) -> None:
    assert overlap_warning(windows(128, 50), mode) == (
        "windows overlap (length 128, stride 50): a reading is in up to 3 samples, which the"
        " promise for one sample does not protect together"
    )


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        (windows(128, None), "ddp-sgd"),
        (windows(128, 128), "ddp-sgd"),
        (windows(128, 200), "ddp-sgd"),
        (windows(128, 1), "none"),
        (windows(128, 1), "client-level"),
        (Builtin(kind="builtin", name="digits"), "ddp-sgd"),
    ],
)
def test_nothing_is_said_where_nothing_is_less_protected(source: Any, mode: Any) -> None:
    assert overlap_warning(source, mode) is None
