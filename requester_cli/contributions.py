"""What each provider's newest update says of itself: its strategy's figures, its privacy."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from requester_cli import output
from weftwork.learning.privacy.record import epsilon_of, from_record
from weftwork.learning.privacy.statement import spent_of, statement
from weftwork.ledger.records import Joined, Privacy, RoundRecord, SubmittedUpdate
from weftwork.units import MILLION

# metrics key -> heading; integers in millionths.
FIGURES = {
    "dlmu.beta_micro": "beta",
    "dlmu.divergence_micro": "divergence",
    "privacy.threshold_micro": "clipped at",
}


def table(records: Sequence[RoundRecord], joined: Sequence[Joined]) -> Table | None:
    """One row a provider; None where no update has anything to say."""
    newest = {one.participant: one for record in records for one in record.submitted}
    budgets = {one.participant: one.join.privacy_budget for one in joined}
    figures = [key for key in FIGURES if any(key in one.metrics for one in newest.values())]
    private = any(one.privacy.mode != "none" for one in newest.values())
    if not figures and not private:
        return None
    headings = [FIGURES[key] for key in figures] + (["epsilon spent"] if private else [])
    made = output.table(("provider", "left"), *((heading, "right") for heading in headings))
    for name, update in sorted(newest.items()):
        cells = [_figure(update.metrics.get(key)) for key in figures]
        spent = [_spent(update, budgets[name].epsilon_micro)] if private else []
        made.add_row(name, *cells, *spent)
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


def _spent(update: SubmittedUpdate, budget_micro: int) -> str:
    return spent_of(update.privacy.epsilon_micro, epsilon_of(budget_micro))
