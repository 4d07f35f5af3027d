"""Who has which data."""

import numpy as np
import pytest

from benchmarks.reputation.world import ORGANISATIONS, RARE, SPLITS, VALIDATION, World
from weftwork.learning.data import Dataset


def samples(*parts: Dataset) -> list[bytes]:
    """Each sample's bytes, sorted."""
    return sorted(
        x.tobytes() + bytes([y]) for part in parts for x, y in zip(part.x, part.y, strict=True)
    )


@pytest.mark.parametrize("split", SPLITS)
def test_everybody_has_samples_and_nobody_those_of_another(split: str) -> None:
    world = World.of(split, 1)
    assert tuple(world.sites) == ORGANISATIONS
    own = [part for site in world.sites.values() for part in (site.data, site.held_out)]
    assert min(map(len, own)) > 0
    assert len(world.validation) == VALIDATION
    other = World.of(split, 2)
    again = [part for site in other.sites.values() for part in (site.data, site.held_out)]
    assert samples(world.validation, *own) == samples(other.validation, *again)
    assert samples(world.validation) != samples(other.validation)


def test_a_rare_class_has_one_owner_who_has_its_share_of_the_others() -> None:
    world = World.of("rare", 1)
    for name, site in world.sites.items():
        classes = set(np.concatenate([site.data.y, site.held_out.y]).tolist())
        rare = {RARE[name]} if name in RARE else set()
        assert classes == {*range(10)} - {*RARE.values()} | rare
    assert set(world.validation.y.tolist()) == {*range(10)}
