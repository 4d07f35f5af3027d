"""How `verify` ends, by what an audit found."""

from pathlib import Path

import pytest

from requester_cli.verify import require_sound
from weftwork.audit import Finding, Report
from weftwork.errors import IntegrityError, UnfinishedError

BUNDLE = Path("t.bundle")


def report(*findings: Finding, aggregates: int | None = None, recomputed: int = 0) -> Report:
    found = Report("t", findings=list(findings), aggregates=aggregates)
    found.checked["aggregates"] = recomputed
    return found


@pytest.mark.parametrize(("aggregates", "recomputed"), [(None, 0), (0, 0), (2, 2)])
def test_what_holds_and_was_checked_as_asked_is_no_error(
    aggregates: int | None, recomputed: int
) -> None:
    require_sound(report(aggregates=aggregates, recomputed=recomputed), BUNDLE)


@pytest.mark.parametrize("recomputed", [0, 1])
def test_an_aggregate_that_was_not_recomputed_is_an_error(recomputed: int) -> None:
    with pytest.raises(UnfinishedError, match=f"the record holds; {recomputed} of 2"):
        require_sound(report(aggregates=2, recomputed=recomputed), BUNDLE)


def test_a_finding_comes_first() -> None:
    found = report(Finding("chain", "this is no block"), aggregates=2)
    with pytest.raises(IntegrityError, match=r"^t\.bundle does not hold: the bundle: chain: "):
        require_sound(found, BUNDLE)
