"""What simulations say together: a table by scenario and role, rows, and what has to hold."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.report import Row
from benchmarks.reputation.simulating import Outcome
from weftwork.units import MILLION

__all__ = ["Check", "Part", "checks", "parts", "rows", "table"]

MOST_LOST = 0.03  # of accuracy, to 30 % attackers
LEAST_FOR_RARE = 0.8  # of what an organisation with usual data earns


@dataclass(frozen=True)
class Part:
    """A role in a scenario: means over its organisations, one for each seed.

    Reputations and accuracies are fractions, coins of one organisation, counts of rounds.
    """

    kind: str
    role: str
    reputation: list[float]
    coins: list[float]
    rejected: list[float]
    served: list[float]
    faults: list[float]
    accuracy: list[float]
    lost: list[float]  # to the run `honest` of the same seed


def parts(outcomes: Sequence[Outcome]) -> Iterator[Part]:
    """Of all scenarios, in order of appearance."""
    for kind in dict.fromkeys(one.kind for one in outcomes):
        same = [one for one in outcomes if one.kind == kind]
        for role in sorted(set(same[0].roles.values()), reverse=True):
            yield _part(kind, role, same, outcomes)


def _part(kind: str, role: str, same: Sequence[Outcome], outcomes: Sequence[Outcome]) -> Part:
    def each(value: Callable[[Outcome, str], float]) -> list[float]:
        return [
            statistics.mean(value(one, name) for name, has in one.roles.items() if has == role)
            for one in same
        ]

    honest = {one.seed: _accuracy(one) for one in outcomes if one.kind == "honest"}
    accuracy = [_accuracy(one) for one in same]
    return Part(
        kind,
        role,
        reputation=each(lambda one, name: one.standings[name] / MILLION),
        coins=each(lambda one, name: one.coins[name]),
        rejected=each(lambda one, name: one.rejected[name]),
        served=each(lambda one, name: one.served[name]),
        faults=each(lambda one, name: sum(one.faults.get(name, {}).values())),
        accuracy=accuracy,
        lost=[
            honest[one.seed] - found
            for one, found in zip(same, accuracy, strict=True)
            if one.seed in honest
        ],
    )


def _accuracy(one: Outcome) -> float:
    """The mean of the tasks' last models."""
    return statistics.mean(one.ends) / MILLION


HEAD = (
    "| scenario | role | reputation | coins | rejected | committee | faults | accuracy | lost |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def table(found: Sequence[Part]) -> str:
    """In Markdown: mean and, of several seeds, standard deviation."""
    lines = [HEAD]
    for one in found:
        cells = [
            f"`{one.kind}`",
            one.role,
            _cell(one.reputation, 3),
            _cell([coins / 1000 for coins in one.coins], 1, "k"),
            _cell(one.rejected, 1),
            _cell(one.served, 1),
            _cell(one.faults, 1),
            _cell([100 * share for share in one.accuracy], 1, " %"),
            _cell([100 * share for share in one.lost], 1) if one.lost else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float], digits: int, unit: str = "") -> str:
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {statistics.stdev(values):.{digits}f}"
    return text + unit


def rows(found: Sequence[Part]) -> Iterator[Row]:
    """The means; what others than the honest have is beside what the honest have."""
    for one in found:
        peer = next((p for p in found if p.kind == one.kind and p.role == "honest"), None)
        name = "_".join((one.kind, one.role))
        for what in ("reputation", "coins", "rejected", "served", "faults"):
            unit = {"coins": "credit", "reputation": ""}.get(what, "rounds")
            value = statistics.mean(getattr(one, what))
            if peer is None or peer is one:
                yield Row(f"{what}_{name}", value, unit)
            else:
                yield Row(
                    f"{what}_{name}", value, unit, "honest", statistics.mean(getattr(peer, what))
                )
        if one.role == "honest":
            yield Row(f"accuracy_{one.kind}", statistics.mean(one.accuracy), "")
            if one.lost:
                yield Row(f"lost_{one.kind}", statistics.mean(one.lost), "")


@dataclass(frozen=True)
class Check:
    """Something that has to hold, and the numbers that show whether it does."""

    what: str
    holds: bool
    numbers: str

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'DOES NOT HOLD':14} {self.what}: {self.numbers}"


def checks(found: Sequence[Part]) -> Iterator[Check]:
    """All that can be computed of what was simulated."""
    for kind in dict.fromkeys(one.kind for one in found):
        roles = {one.role: one for one in found if one.kind == kind}
        honest = roles["honest"]
        if attacker := roles.get("attacker"):
            yield _earn(kind, honest, attacker)
            if honest.lost:
                lost = statistics.mean(honest.lost)
                what = f"{kind}: accuracy is within {MOST_LOST:.0%} of the honest run's"
                yield Check(what, lost <= MOST_LOST, f"{lost:.1%} lost")
        if rare := roles.get("rare"):
            ratio = statistics.mean(rare.coins) / statistics.mean(honest.coins)
            what = f"{kind}: rare classes earn at least {LEAST_FOR_RARE:.0%} of the usual"
            yield Check(what, ratio >= LEAST_FOR_RARE, f"{ratio:.0%}")


def _earn(kind: str, honest: Part, attacker: Part) -> Check:
    earned, taken = statistics.mean(honest.coins), statistics.mean(attacker.coins)
    return Check(
        f"{kind}: an honest provider earns more than an attacker",
        earned > taken,
        f"{earned:,.0f} and {taken:,.0f} credit",
    )
