"""How long each stage of a transaction may take."""

from dataclasses import dataclass, fields

__all__ = ["Deadlines"]


@dataclass(frozen=True)
class Deadlines:
    """Seconds for each stage; all of them positive."""

    evaluate: float = 5
    endorse: float = 15
    submit: float = 5
    commit_status: float = 60

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ValueError(f"{field.name}: a deadline is a positive number of seconds")
