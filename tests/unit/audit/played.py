"""A ledger made by the auditor's rules alone: calls, one after the other, of parties with keys."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork.audit.replay import RULES
from weftwork.audit.world import Call, World, Writes, canonical, digest

KEY = ec.derive_private_key(42, ec.SECP256R1())
SALT = "5" * 64
STAGE, ROUND = 60_000, 600_000  # milliseconds
MODEL = "a" * 64


def certificate() -> x509.Certificate:
    """Everyone's: who calls is in the call."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "everyone")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, begin, begin + timedelta(9))
    return builder.sign(KEY, hashes.SHA256())


CERTIFICATE = certificate()


def signature(message: str) -> str:
    return base64.b64encode(KEY.sign(message.encode(), ec.ECDSA(hashes.SHA256()))).decode()


def definition(most: int = 3, least: int = 1, target: int = 0, **governance: Any) -> dict[str, Any]:
    """Of a task for so many, that needs so many updates and ends at an accuracy in ppm."""
    return {
        "initial_model": {"digest": MODEL, "size": 10},
        "training": {"rounds": 2},
        "data": {"schema_digest": "b" * 64},
        "participants": {"min": 2, "max": most, "join_seconds": 60},
        "reward": {"amount": 1000, "unit": "credit"},
        "privacy": None,
        "round_seconds": ROUND // 1000,
        "target_accuracy_ppm": target,
        "archive": "archive",
        "governance": {
            "committee": 3,
            "stage_seconds": STAGE // 1000,
            "fees": {"committee_ppm": 100_000, "leader_ppm": 50_000},
        }
        | governance,
        "aggregation": {"cap_ratio": 2, "least": least},
    }


@dataclass
class Played:
    """The world, and what time it is there."""

    world: World = field(default_factory=World)
    now_ms: int = 1_000_000
    calls: int = 0

    def call(self, who: str, function: str, *arguments: Any) -> Writes:
        """Make a call by the rules; what it writes is there from now on."""
        self.calls += 1
        roles = {"archive": "archive", "buyer": "requester", "bank": "treasurer"}
        msp = {"archive": "Buyers", "buyer": "Buyers"}.get(who, f"Of {who}")
        registered = self.world.get("identity", msp, who)
        texts = [one if isinstance(one, str) else json.dumps(one) for one in arguments]
        call = Call(
            function=function,
            arguments=tuple(texts),
            now_ms=self.now_ms,
            tx_id=f"tx{self.calls}",
            msp=msp,
            id=who,
            name=registered["name"] if registered else "",
            common_name=who,
            role=roles.get(who, "provider"),
            certificate=CERTIFICATE,
        )
        writes = RULES[function](call, self.world)
        self.world.apply(writes)
        return writes

    def publish(self, names: Sequence[str] = ("a", "b", "c"), **governance: Any) -> None:
        """Register all, pay in 1,600 in 32 coins, publish `t`, and have all join."""
        for name in ("archive", "buyer", *names):
            self.call(name, "Participants:Register", name, "host:1")
        self.call("bank", "Accounts:Deposit", "buyer", "credit", "1600", "one")
        coins = [f"deposit.one.{at}" for at in range(1, 21)]
        self.call("buyer", "Tasks:Publish", "t", definition(len(names) or 3, **governance), coins)
        for name in names:
            self.call(name, "Tasks:Join", "t", self.joining())

    def joining(self) -> dict[str, Any]:
        own = digest(self.world.need("task", "t")["definition"])
        return {
            "data_type": "numbers",
            "samples": 5,
            "attributes": {},
            "schema_digest": "b" * 64,
            "acceptance": signature(f"weftwork.acceptance.v1\nt\n{own}"),
        }

    def start(self, names: Sequence[str] = ("a", "b", "c"), **governance: Any) -> dict[str, Any]:
        """Publish and start; the record of the start."""
        self.publish(names, **governance)
        return self.call("archive", "Tasks:Start", "t", list(names))["start", "t"]

    def submit(
        self, name: str, samples: int = 10, at: str = "1", base: str = MODEL, as_of: str = ""
    ) -> None:
        """The update that only `name` has, or that of another."""
        own = hashlib.sha256((as_of or name).encode()).hexdigest()
        update = {
            "digest": own,
            "size": 10,
            "samples": samples,
            "base_digest": base,
            "signature": signature(f"weftwork.update.v1\nt\n{at}\n{own}"),
            "privacy": {"mode": "none"},
            "metrics": {},
        }
        self.call(name, "Rounds:SubmitUpdate", "t", at, update)

    def closed(self, names: Sequence[str] = ("a", "b", "c"), **governance: Any) -> dict[str, Any]:
        """Start, have all submit, and close the round; the record of the start."""
        started = self.start(names, **governance)
        for name in names:
            self.submit(name)
        self.call("buyer", "Rounds:Close", "t", "1")
        return started

    def scores(self, judge: str, of: Mapping[str, tuple[str, int]]) -> list[dict[str, Any]]:
        """Of each name, the reason to reject it ("" accepts) and the score."""
        return [
            {
                "participant": name,
                "verdict": "rejected" if reason else "accepted",
                "reason": reason,
                "score_micro": score,
            }
            for name, (reason, score) in sorted(of.items())
            if name != judge
        ]

    def score(
        self, judges: Sequence[str], of: Mapping[str, tuple[str, int]], at_ms: int = 0
    ) -> None:
        """All seal, then, `at_ms` later, all reveal."""
        for judge in judges:
            content = canonical(self.scores(judge, of)).decode()
            hash_ = hashed("scores", "1", "1", judge, content)
            self.call(judge, "Committee:SealScores", "t", "1", "1", hash_)
        self.now_ms += at_ms
        for judge in judges:
            opened = {"salt": SALT, "scores": self.scores(judge, of)}
            self.call(judge, "Committee:RevealScores", "t", "1", "1", opened)

    def seal(self, members: Sequence[str], model: str, term: str = "1", size: int = 10) -> None:
        for name in members:
            hash_ = hashed("attestation", "1", term, name, f"{model}\n{size}")
            self.call(name, "Committee:SealAttestation", "t", "1", term, hash_)

    def propose(self, leader: str, model: str, term: int = 1, size: int = 10) -> None:
        proposal = {"term": term, "digest": model, "size": size, "accuracy_ppm": 900_000}
        self.call(leader, "Rounds:ProposeAggregate", "t", "1", proposal)

    def attest(
        self,
        members: Sequence[str],
        model: str,
        term: str = "1",
        accuracy: int = 800_000,
        size: int = 10,
    ) -> None:
        for name in members:
            opened = {"salt": SALT, "digest": model, "size": size, "accuracy_ppm": accuracy}
            self.call(name, "Committee:AttestAggregate", "t", "1", term, opened)


def hashed(what: str, at: str, term: str, member: str, content: str) -> str:
    lines = (f"weftwork.{what}.v1", "t", at, term, member, SALT, content)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
