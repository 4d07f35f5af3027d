"""What a task may write, and what is refused at once or for a round that is too small."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.unit.learning.aggregation.rounds import RULES, a_round, label
from weftwork.errors import DataError
from weftwork.learning.aggregation import Rule, RuleOptions
from weftwork.learning.aggregation.rules import (
    ClippedMean,
    GeometricMedian,
    Median,
    MultiKrum,
    TrimmedMean,
    WeightedMean,
)

options: TypeAdapter[Rule] = TypeAdapter(RuleOptions)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("mean", WeightedMean()),
        ("median", Median()),
        ({"name": "trimmed-mean", "trim": 2}, TrimmedMean(trim=2)),
        ({"name": "multi-krum", "byzantine": 1}, MultiKrum(byzantine=1)),
        ({"name": "multi-krum", "byzantine": 1, "keep": 3}, MultiKrum(byzantine=1, keep=3)),
        ("geometric-median", GeometricMedian(iterations=8, smoothing=Decimal("0.000001"))),
        ({"name": "geometric-median", "iterations": 3}, GeometricMedian(iterations=3)),
        ("clipped-mean", ClippedMean(norm="median")),
        ({"name": "clipped-mean", "norm": "0.5"}, ClippedMean(norm=Decimal("0.5"))),
    ],
)
def test_a_name_alone_has_the_defaults(given: Any, rule: Rule) -> None:
    assert options.validate_python(given) == rule


@pytest.mark.parametrize("rule", RULES, ids=label)
def test_the_ledger_keeps_no_float(rule: Rule) -> None:
    kept = rule.model_dump(mode="json")
    assert not any(isinstance(one, float) for one in kept.values())
    assert options.validate_python(kept) == rule
    assert options.validate_json(rule.model_dump_json()) == rule


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("krum", "'mean', 'median', 'trimmed-mean', 'multi-krum', 'geometric-median', 'clipped"),
        ("trimmed-mean", "trim"),
        ("multi-krum", "byzantine"),
        ({"name": "trimmed-mean", "trim": 0}, "greater than or equal to 1"),
        ({"name": "trimmed-mean", "trim": 128}, "less than or equal to 127"),
        ({"name": "trimmed-mean", "trim": "0.2"}, "valid integer"),
        ({"name": "multi-krum", "byzantine": 127}, "less than or equal to 126"),
        ({"name": "multi-krum", "byzantine": 1, "keep": 0}, "greater than or equal to 1"),
        ({"name": "geometric-median", "iterations": 0}, "greater than or equal to 1"),
        ({"name": "geometric-median", "iterations": 101}, "less than or equal to 100"),
        ({"name": "geometric-median", "smoothing": "0"}, "greater than 0"),
        ({"name": "geometric-median", "smoothing": "1e-13"}, "greater than or equal to"),
        ({"name": "clipped-mean", "norm": "0"}, "greater than 0"),
        ({"name": "clipped-mean", "norm": "mean"}, "'median'"),
        ({"name": "median", "trim": 1}, "Extra inputs"),
    ],
)
def test_what_is_impossible_is_said_at_once(given: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        options.validate_python(given)


@pytest.mark.parametrize(
    ("rule", "least"),
    [
        (WeightedMean(), 1),
        (Median(), 1),
        (TrimmedMean(trim=2), 5),
        (MultiKrum(byzantine=1), 5),
        (MultiKrum(byzantine=2), 7),
        (MultiKrum(byzantine=2, keep=4), 8),
        (GeometricMedian(), 1),
        (ClippedMean(), 1),
    ],
    ids=repr,
)
def test_a_round_that_is_too_small(rule: Rule, least: int, tmp_path: Path) -> None:
    assert rule.least == least
    a_round(tmp_path, updates=least).aggregate(rule)
    (tmp_path / "output").unlink()
    if least > 1:
        with pytest.raises(DataError, match=rf"{rule.name} with .* needs {least} updates, and"):
            a_round(tmp_path, updates=least - 1).aggregate(rule)
        assert not (tmp_path / "output").exists()


def test_the_refusal_names_the_options_that_were_given() -> None:
    with pytest.raises(DataError) as refusal:
        MultiKrum(byzantine=2).check(6)
    assert str(refusal.value) == (
        "the rule multi-krum with byzantine 2 needs 7 updates, and 6 were accepted:"
        " more participants or a smaller byzantine would be right"
    )


def test_options_are_read_without_torch() -> None:
    script = (
        "import sys\nimport weftwork.learning.aggregation.rules\n"
        "print([name for name in ('torch', 'numba') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"
