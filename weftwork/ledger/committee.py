"""The contract `Committee`: how a round's committee judges, recomputes and goes on."""

from collections.abc import Mapping
from typing import Any

from weftwork.ledger.calls import Calls, as_json
from weftwork.ledger.contract import Contract
from weftwork.ledger.records import Committee, OpenedAttestation, OpenedScores, Receipt

__all__ = ["Committees"]


class Committees:
    """Each call names the round's current term: those of an old one are refused."""

    def __init__(self, contract: Contract) -> None:
        self._calls = Calls(contract)

    async def seal_scores(self, task: str, round: int, term: int, sealed: str) -> Receipt:
        """Bind the caller to its scores (`weftwork.sealing.scores_hash`)."""
        return await self._calls.write("SealScores", task, str(round), str(term), sealed)

    async def reveal_scores(
        self, task: str, round: int, term: int, scores: OpenedScores | Mapping[str, Any]
    ) -> Receipt:
        """Open the caller's scores, once all are bound to theirs."""
        return await self._calls.write("RevealScores", task, str(round), str(term), as_json(scores))

    async def seal_attestation(self, task: str, round: int, term: int, sealed: str) -> Receipt:
        """Bind the caller to the digest that it computed (`weftwork.sealing.attestation_hash`)."""
        return await self._calls.write("SealAttestation", task, str(round), str(term), sealed)

    async def attest_aggregate(
        self,
        task: str,
        round: int,
        term: int,
        attestation: OpenedAttestation | Mapping[str, Any],
    ) -> Receipt:
        """Open the digest that the caller computed, once the leader's is there."""
        return await self._calls.write(
            "AttestAggregate", task, str(round), str(term), as_json(attestation)
        )

    async def report(self, task: str, round: int, term: int, accused: str, reason: str) -> Receipt:
        """Say that another member does not do its part."""
        return await self._calls.write("Report", task, str(round), str(term), accused, reason)

    async def replace(self, task: str, round: int, term: int) -> Receipt:
        """End this term: the next goes on without those that have fallen."""
        return await self._calls.write("Replace", task, str(round), str(term))

    async def count(self, task: str, msp_id: str) -> Receipt:
        """Add what an ended task changed of an organisation's reputation to its standing."""
        return await self._calls.write("Count", task, msp_id)

    async def get(self, task: str, round: int) -> Committee:
        """Why the round is decided by whom, and what became of each term."""
        return await self._calls.read(Committee, "Get", task, str(round))
