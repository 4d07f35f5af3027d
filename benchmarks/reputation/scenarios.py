"""The kinds of simulation: who attacks, and how."""

from dataclasses import dataclass

from benchmarks.reputation.world import ORGANISATIONS

__all__ = ["KINDS", "Scenario"]

ATTACKERS = ORGANISATIONS[-3:]


@dataclass(frozen=True)
class Scenario:
    """What differs from ten honest providers whose data are alike.

    `attack` is a behaviour of `behaviours.BEHAVIOURS`. Those who `collude` score each other high on
    the committee, and reject all others. Those who lie propose another digest whenever they lead.
    Those who re-register take part in each task under a new name.
    """

    split: str = "iid"
    attack: str = "honest"
    attackers: tuple[str, ...] = ATTACKERS
    collude: bool = False
    lie: bool = False
    renamed: bool = False

    @property
    def has_attackers(self) -> bool:
        """Whether it has."""
        return self.attack != "honest" or self.collude or self.lie

    def is_attacker(self, organisation: str) -> bool:
        """Whether it is one."""
        return self.has_attackers and organisation in self.attackers


KINDS: dict[str, Scenario] = {
    "honest": Scenario(),
    "honest-dirichlet": Scenario(split="dirichlet"),
    "honest-rare": Scenario(split="rare"),
    "free-rider": Scenario(attack="free-rider"),
    "noise": Scenario(attack="noise"),
    "resting": Scenario(attack="resting"),
    "label-flip": Scenario(attack="label-flip"),
    "sign-flip": Scenario(attack="sign-flip"),
    "scaled-10": Scenario(attack="scaled-10"),
    "scaled-3": Scenario(attack="scaled-3"),
    "slow-poison": Scenario(attack="slow-poison"),
    "collusion": Scenario(attack="noise", collude=True),
    "patient-collusion": Scenario(collude=True),
    "re-registered": Scenario(attack="free-rider", renamed=True),
    "lying-leader": Scenario(lie=True),
}
