"""A round's seconds, piece by piece, and what part of it governance and the ledger are."""

from dataclasses import dataclass

from benchmarks.report import Row

__all__ = ["Round", "rows"]

COMMITTEE = 3
GOVERNANCE_TARGET, LEDGER_TARGET = 0.05, 0.02


@dataclass(frozen=True)
class Round:
    """Seconds of each piece on the way that the round waits for, from its opening to its commit.

    Its members work side by side, each on a machine of its own, so that what each of them does is
    counted once. `transfer` is one model over the network.
    """

    training: float
    transfer: float
    judging: float
    aggregation: float
    ledger: float

    @property
    def server(self) -> float:
        """What a round takes with a server that everyone trusts.

        A provider fetches the model, trains, and gives its update to the server, which aggregates
        and measures.
        """
        return self.transfer + self.training + self.transfer + self.aggregation

    @property
    def governance(self) -> float:
        """What comes on top.

        A provider gives its update to each member; the members judge, which a server could leave;
        and everybody waits for the ledger, from the last update's submission to the commit. Other
        members than the leader repeat the aggregation while the leader makes it.
        """
        return (COMMITTEE - 1) * self.transfer + self.judging + self.ledger

    @property
    def whole(self) -> float:
        """From the round's opening to its commit."""
        return self.server + self.governance


def rows(round: Round) -> list[Row]:
    """The shares beside their targets, and the seconds that they are made of."""
    share, ledger = round.governance / round.whole, round.ledger / round.whole
    return [
        Row("governance_share_of_round", share, "", "at most", GOVERNANCE_TARGET),
        Row("ledger_share_of_round", ledger, "", "at most", LEDGER_TARGET),
        Row("round_seconds", round.whole, "s"),
        Row("training_seconds", round.training, "s"),
        Row("judging_seconds", round.judging, "s"),
        Row("ledger_seconds", round.ledger, "s"),
        Row("transfer_seconds", round.transfer, "s"),
        Row("aggregation_seconds", round.aggregation, "s"),
    ]
