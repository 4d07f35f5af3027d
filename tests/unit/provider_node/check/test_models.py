"""Models of other packages: those that can be used, and why one cannot."""

import pytest

from provider_node.check import models
from provider_node.check.finding import find
from weftwork.learning.models import ModelDefinition, ModelParameters, Offered
from weftwork.learning.models.registry import BUILT_IN

PUMP_NET = ModelDefinition("pump-net", 1, ModelParameters, lambda _: None)  # type: ignore[arg-type, return-value]
GOOD = Offered("pump-net", "pumps 1.0", PUMP_NET)
BROKEN = Offered("fan", "fans 2.1", problem="entry point fan = fans:FAN: No module named 'fans'")


@pytest.mark.parametrize(
    ("offered", "verdict", "said"),
    [
        ((), "good", f"{len(BUILT_IN)} of Weftwork's own"),
        ((GOOD,), "good", f"{len(BUILT_IN)} of Weftwork's own, pump-net v1 of pumps 1.0"),
        (
            (BROKEN, GOOD),
            "caution",
            f"fans 2.1: {BROKEN.problem}; mend or uninstall the package",
        ),
    ],
)
async def test_what_packages_offer(
    monkeypatch: pytest.MonkeyPatch, offered: tuple[Offered, ...], verdict: str, said: str
) -> None:
    monkeypatch.setattr(models, "of_packages", lambda: offered)
    usable = [*BUILT_IN, *(one.model for one in offered if one.model)]
    monkeypatch.setattr(models, "definitions", lambda: usable)
    finding = await find("models", models.models())
    assert (finding.verdict, finding.said) == (verdict, said)
