"""Whom `LIAR=leader` has lie: whoever the ledger will elect."""

from typing import Any

import pytest

from demo.liar import favourite
from weftwork.audit.rules.election import rank

NAMES = ["factory1", "factory2", "factory3"]


@pytest.mark.parametrize("base", ["0" * 64, "4" * 64, "7" * 64])
@pytest.mark.parametrize("reputations", [[500, 500, 500], [400, 500, 500], [600, 500, 500]])
def test_the_liar_is_who_will_be_elected(base: str, reputations: list[int]) -> None:
    standings = [
        {"participant": name, "merit_ppm": number}
        for name, number in zip(NAMES, reputations, strict=True)
    ]
    assert favourite(known(reputations), base) == rank(standings, NAMES, [], base)[0]


def known(reputations: list[int]) -> list[dict[str, Any]]:
    """The participants as the command line lists them."""
    providers = [
        {"name": name, "role": "provider", "reputation": number}
        for name, number in zip(NAMES, reputations, strict=True)
    ]
    return [{"name": "archive", "role": "archive", "reputation": 900}, *providers]
