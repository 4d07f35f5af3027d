"""The organisations' moves on the ledger that are no judgement: registration, money, tasks."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.reputation.sandbox import Identity, Sandbox
from weftwork.canonical import digest
from weftwork.learning.aggregation import Update
from weftwork.learning.terms import Terms
from weftwork.signing import acceptance_message, update_message

__all__ = ["REWARD", "Consortium", "definition", "digest_of", "msp_of"]

REWARD = 1_000_000  # credit for each task
UNIT = "credit"
BUYER = Identity("requester.buyer", "RequesterMSP", "requester")
ARCHIVE = Identity("node.buyer", "RequesterMSP", "archive")
TREASURER = Identity("treasurer.buyer", "RequesterMSP", "treasurer")


def msp_of(organisation: str) -> str:
    """Its MSP identifier."""
    return f"{organisation.capitalize()}MSP"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Consortium:
    """A ledger with a requester, and providers by the name that they have registered."""

    ledger: Sandbox
    providers: dict[str, Identity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger.call(BUYER, "Participants:Register", "buyer", "")
        self.ledger.call(ARCHIVE, "Participants:Register", "archive", "localhost:7000")

    def by(self, name: str, function: str, *arguments: Any) -> Any:
        """A provider's call."""
        return self.ledger.call(self.providers[name], function, *arguments)

    def move(self, function: str, *arguments: Any) -> Any:
        """The requester's call, or its query."""
        return self.ledger.call(BUYER, function, *arguments)

    def register(self, name: str, organisation: str) -> None:
        """Register a provider, unless it is."""
        if name not in self.providers:
            self.providers[name] = Identity(f"node.{name}", msp_of(organisation), "provider")
            self.by(name, "Participants:Register", name, "localhost:7001")

    def start(self, task: str, definition: dict[str, Any], names: list[str]) -> None:
        """Deposit a reward, publish the task for it, and start it with these providers."""
        unit, amount = definition["reward"]["unit"], definition["reward"]["amount"]
        self.ledger.call(TREASURER, "Accounts:Deposit", "buyer", unit, amount, task)
        self.move("Tasks:Publish", task, definition, self._funds(amount))
        for name in names:
            self.by(name, "Tasks:Join", task, self._joining(name, task, definition))
        self.move("Tasks:Start", task, sorted(names))

    def _funds(self, amount: int) -> list[str]:
        """The fewest of the requester's coins that cover it."""
        found = []
        for coin in sorted(self._purse(), key=lambda one: -int(one["amount"])):
            if amount > 0:
                found.append(str(coin["id"]))
                amount -= int(coin["amount"])
        return found

    def _purse(self) -> list[dict[str, Any]]:
        coins, bookmark = [], None
        while bookmark != "":
            page = self.move("Accounts:ListCoins", "buyer", UNIT, "", bookmark or "")
            coins += page["items"]
            bookmark = page["bookmark"]
        return coins

    def _joining(self, name: str, task: str, definition: dict[str, Any]) -> dict[str, Any]:
        message = acceptance_message(task, digest(definition)).decode()
        return {
            "data_type": "digits",
            "samples": 100,
            "attributes": {},
            "schema_digest": definition["data"]["schema_digest"],
            "acceptance": self.ledger.sign(self.providers[name], message),
            "privacy_budget": {"mode": "none"},
        }

    def submit(self, task: str, round: int, update: Update, base_digest: str) -> None:
        """Submit a provider's update."""
        found = digest_of(update.path)
        message = update_message(task, round, found).decode()
        record = {
            "digest": found,
            "size": update.path.stat().st_size,
            "samples": update.samples,
            "base_digest": base_digest,
            "signature": self.ledger.sign(self.providers[update.participant], message),
            "privacy": {"mode": "none"},
            "metrics": {},
        }
        self.by(update.participant, "Rounds:SubmitUpdate", task, round, record)

    def count(self, task: str, organisation: str) -> None:
        """Take what an ended task has changed over into the organisation's standing."""
        self.move("Committee:Count", task, msp_of(organisation))

    def reputation(self, name: str) -> int:
        """Of a provider's organisation, in parts per million."""
        return int(self.move("Participants:Get", name)["reputation"])

    def coins(self, name: str) -> int:
        """What a provider was paid."""
        balances = self.move("Accounts:Get", name)["balances"]
        return sum(int(one["free"]) for one in balances if one["unit"] == UNIT)


def definition(terms: Terms, base: Path, participants: int, committee: int) -> dict[str, Any]:
    """The task that all of them take part in."""
    schema = terms.schema.model_dump(mode="json")
    training = terms.training.model_dump(mode="json")
    return {
        "title": "Digits",
        "description": "",
        "purpose": "simulation",
        "usage_rules": "",
        "model": terms.model.model_dump(mode="json"),
        "initial_model": {"digest": digest_of(base), "size": base.stat().st_size},
        "validation": None,
        "training": training,
        "privacy": None,
        "data": {"schema": schema, "schema_digest": digest(schema)},
        "participants": {"min": participants, "max": participants, "join_seconds": 60},
        "round_seconds": 600,
        "target_accuracy_ppm": 0,
        "reward": {"amount": REWARD, "unit": UNIT},
        "archive": "archive",
        "governance": {
            "committee": committee,
            "stage_seconds": 60,
            "contribution": terms.judging.contribution.model_dump(mode="json"),
            "fees": {"committee_ppm": 100_000, "leader_ppm": 50_000},
        },
        "aggregation": {
            "rule": terms.rule.model_dump(mode="json"),
            "cap_ratio": terms.cap_ratio,
            "least": terms.rule.least,
        },
    }
