"""The table of the providers: what their newest updates say."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from requester_cli import contributions
from tests.unit.requester_cli.examples import records, task
from weftwork.ledger.records import Joined, RoundRecord

DELTA = {"delta": "1e-5"}


def joined(name: str, micro: int) -> Joined:
    template = task().joined[0].model_dump()
    budget = {"mode": "ddp-sgd", "epsilon_micro": micro, **DELTA}
    join = template["join"] | {"privacy_budget": budget}
    return Joined.model_validate(template | {"participant": name, "join": join})


def round_that_added(added: Mapping[str, int]) -> RoundRecord:
    submitted = round_of(**{name: {} for name in added}).submitted
    accepted = [
        {"participant": name, "weight": 1, "contribution_micro": micro}
        for name, micro in added.items()
    ]
    raw = records(1)[0].model_dump()
    return RoundRecord.model_validate(raw | {"submitted": submitted, "accepted": accepted})


def round_of(**updates: dict[str, Any]) -> RoundRecord:
    template = records(1)[0].model_dump()
    submitted = [
        template["submitted"][0] | {"participant": name} | one for name, one in updates.items()
    ]
    return RoundRecord.model_validate(template | {"submitted": submitted})


def lines(rounds: list[RoundRecord], who: list[Joined]) -> list[list[str]]:
    found = contributions.table(rounds, who)
    assert found is not None
    console = Console(width=120)
    with console.capture() as captured:
        console.print(found)
    return [line.split() for line in captured.get().splitlines() if line.strip()]


def spent(micro: int) -> dict[str, Any]:
    return {"privacy": {"mode": "ddp-sgd", "epsilon_micro": micro, **DELTA}}


def test_there_is_none_where_nobody_has_anything_to_say() -> None:
    assert contributions.table([], []) is None
    assert contributions.table(records(1), []) is None


def test_the_newest_update_of_each_provider_counts_and_spends_are_rounded_up() -> None:
    first = round_of(
        f1=spent(1_000_000) | {"metrics": {"dlmu.beta_micro": 0}},
        f2=spent(1_000_000) | {"metrics": {"dlmu.beta_micro": 0}},
    )
    second = round_of(f1=spent(1_230_001) | {"metrics": {"dlmu.beta_micro": 67_149}})
    rows = lines([first, second], [joined("f1", 8_000_000), joined("f2", 1_234_567)])
    assert rows == [
        ["provider", "beta", "epsilon", "spent"],
        ["f1", "0.0671", "1.24", "of", "8"],
        ["f2", "0", "1.00", "of", "1.234567"],
    ]


def test_what_all_rounds_together_added() -> None:
    rows = lines(
        [
            round_that_added({"f1": 31_200, "f2": -5_000}),
            round_that_added({"f1": 10_000, "f2": 5_000, "f3": 0}),
        ],
        [],
    )
    assert rows == [["provider", "added"], ["f1", "+0.0412"], ["f2", "+0.0000"], ["f3", "+0.0000"]]


def test_without_privacy_only_the_strategys_figures_are_shown() -> None:
    rows = lines([round_of(f1={"metrics": {"dlmu.beta_micro": 5}})], [])
    assert rows[0] == ["provider", "beta"]
