"""Each provider so far: what its updates added, and what its newest says of itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from requester_cli import output
from weftwork.learning.privacy.record import epsilon_of, from_record
from weftwork.learning.privacy.statement import spent_of, statement
from weftwork.ledger.records import Joined, Privacy, RoundRecord
from weftwork.units import MILLION

# metrics key -> heading; integers in millionths.
FIGURES = {
    "dlmu.beta_micro": "beta",
    "dlmu.divergence_micro": "divergence",
    "privacy.threshold_micro": "clipped at",
}


@dataclass(frozen=True)
class Said:
    """What one provider's update says; `spent_micro` is None where it is not private.

    `added_micro` is what its updates took off the loss so far, by the committees' scores.
    """

    name: str
    metrics: Mapping[str, Any]
    spent_micro: int | None
    budget_micro: int
    added_micro: int = 0


def table(records: Sequence[RoundRecord], joined: Sequence[Joined]) -> Table | None:
    """As `table_of`, from the newest update of each provider."""
    added = _added(records)
    newest = {one.participant: one for record in records for one in record.submitted}
    budgets = {one.participant: one.join.privacy_budget.epsilon_micro for one in joined}
    return table_of(
        [
            Said(
                name,
                update.metrics,
                None if update.privacy.mode == "none" else update.privacy.epsilon_micro,
                budgets.get(name, 0),
                added[name],
            )
            for name, update in sorted(newest.items())
        ]
    )


def _added(records: Sequence[RoundRecord]) -> Counter[str]:
    added: Counter[str] = Counter()
    for record in records:
        added.update({one.participant: one.contribution_micro for one in record.accepted})
    return added


def table_of(said: Sequence[Said]) -> Table | None:
    """One row a provider; None where no update has anything to say."""
    figures = [key for key in FIGURES if any(key in one.metrics for one in said)]
    private = any(one.spent_micro is not None for one in said)
    measured = any(one.added_micro for one in said)
    if not figures and not private and not measured:
        return None
    headings = ["added"] if measured else []
    headings += [FIGURES[key] for key in figures] + (["epsilon spent"] if private else [])
    made = output.table(("provider", "left"), *((heading, "right") for heading in headings))
    for one in said:
        cells = [f"{one.added_micro / MILLION:+.4f}"] if measured else []
        cells += [_figure(one.metrics.get(key)) for key in figures]
        made.add_row(one.name, *cells, *([_spent(one)] if private else []))
    return made


def promise(asked: Privacy | None) -> str:
    """What a task asks of every provider, as far as this version knows its terms."""
    try:
        parameters = from_record(asked.model_dump() if asked else None)
    except ValidationError:
        return "terms that this version does not know; --json has them"
    return statement(parameters.mode, epsilon=parameters.epsilon, delta=parameters.delta)


def _figure(micro: Any) -> str:
    return f"{micro / MILLION:.3g}" if isinstance(micro, int) else "-"


def _spent(said: Said) -> str:
    return spent_of(said.spent_micro or 0, epsilon_of(said.budget_micro))
