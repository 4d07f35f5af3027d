"""What a task counts for, on hand-made records: the auditor's rule."""

from typing import Any

import pytest

from tests.unit.audit.played import CERTIFICATE
from weftwork.audit.findings import Broken
from weftwork.audit.rules.counting import count, standing
from weftwork.audit.world import Call, World

Played = list[tuple[int, dict[str, int]]]


def standings(reputations: dict[str, int]) -> list[dict[str, Any]]:
    """Names begin with the letter of their organisation."""
    return [
        {"participant": name, "msp_id": f"{name[0]}MSP", "reputation": reputation}
        for name, reputation in reputations.items()
    ]


def ended(begun: dict[str, int], rounds: Played) -> World:
    """Of each round, how many were elected to decide it, and the reputations after it."""
    world, names = World(), list(begun)
    seats = [size for size, _ in rounds] + [0]
    world.records["task", "t"] = {"definition": {}, "requester": "buyer", "requester_msp": "Buyers"}
    world.records["start", "t"] = {
        "participants": names,
        "ranking": names,
        "standings": standings(begun),
        "committee": names[: seats[0]],
        "leader": names[0],
        "base": {"digest": "a"},
        "started_at_ms": 1,
        "deadline_ms": 2,
    }
    for at, (_, after) in enumerate(rounds, start=1):
        world.records["round", "t", f"{at:05d}"] = {
            "outcome": "CONTINUE",
            "standings": standings(after),
            "next_participants": names,
            "next_ranking": names,
            "next_committee": names[: seats[at]],
            "next_leader": names[0],
            "leader": names[0],
            "digest": "b",
            "committed_at_ms": 3,
            "next_deadline_ms": 4,
        }
    world.records["cancel", "t"] = {}
    return world


def counted(world: World, msp: str) -> dict[str, Any]:
    call = Call(
        function="Committee:Count",
        arguments=("t", msp),
        now_ms=9,
        tx_id="x",
        msp="Buyers",
        id="buyer",
        name="buyer",
        common_name="buyer",
        role="requester",
        certificate=CERTIFICATE,
    )
    writes = count(call, world)
    world.apply(writes)
    (record,) = (one for key, one in writes.items() if key[0] == "record")
    return record


HALF = {"a1": 500_000, "b1": 500_000, "c1": 500_000}


@pytest.mark.parametrize(
    ("rounds", "change"),
    [
        ([(3, HALF | {"a1": 560_000})], 60_000),
        ([(2, HALF | {"a1": 560_000})], 0),
        ([(1, HALF | {"a1": 999_999})], 0),
        ([(2, HALF | {"a1": 450_000})], -50_000),
        ([(3, HALF | {"a1": 560_000}), (2, HALF | {"a1": 600_000})], 60_000),
        ([(3, HALF | {"a1": 560_000}), (2, HALF | {"a1": 530_000})], 30_000),
        ([(3, HALF | {"a1": 460_000}), (2, HALF | {"a1": 600_000})], -40_000),
        ([], 0),
    ],
    ids=["three", "two", "one", "fall", "rise-after", "fall-after", "made-good-alone", "no-round"],
)
def test_a_rise_counts_as_far_as_three_organisations_decided(rounds: Played, change: int) -> None:
    record = counted(ended(HALF, rounds), "aMSP")
    assert (record["change"], record["reputation"]) == (change, 500_000 + change)


def test_an_organisation_answers_for_its_worst() -> None:
    begun = HALF | {"a2": 500_000, "a3": 500_000}
    after = begun | {"a1": 520_000, "a2": 437_500, "a3": 440_000}
    assert counted(ended(begun, [(3, after)]), "aMSP")["change"] == -62_500


def test_standings_are_numbered_beyond_five_digits() -> None:
    world = ended(HALF, [])
    for number in range(1, 100_001):
        world.records["record", "aMSP", f"{number:016d}"] = {"reputation": 400_000 + number}
    assert standing(world, "aMSP") == (100_000, 500_000)
    assert counted(world, "aMSP")["number"] == 100_001
    assert standing(world, "aMSP")[0] == 100_001


def test_nobody_is_counted_that_took_no_part() -> None:
    with pytest.raises(Broken, match="nobody of xMSP took part"):
        counted(ended(HALF, []), "xMSP")
