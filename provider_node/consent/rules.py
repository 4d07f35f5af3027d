"""A task, judged by a policy: one ruling for each key. Pure."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from provider_node.consent.policy import Policy
from provider_node.consent.ruling import Ruling, quoted
from weftwork.learning.privacy.record import epsilon_of
from weftwork.ledger.records import Privacy, Task, Training

__all__ = ["rulings"]

NO_LIMIT = "no limit"


def rulings(policy: Policy, task: Task) -> tuple[Ruling, ...]:
    """What each key of `policy` says to `task`, in the order of the keys."""
    terms = task.definition
    return (
        _listed("requesters", "requester", task.requester, policy.requesters),
        _listed("organisations", "requester_msp", task.requester_msp, policy.organisations),
        _listed("purposes", "purpose", terms.purpose, policy.purposes, _same_purpose),
        _listed(
            "models",
            "model",
            f"{terms.model.name}@{terms.model.version}",
            policy.models,
            _same_model,
        ),
        *_epochs(policy, terms.training),
        _at_most(
            "max_round_seconds", "round_seconds", terms.round_seconds, policy.max_round_seconds
        ),
        _at_least_together(policy, terms.participants.min),
        *_privacy(policy, task),
    )


def _epochs(policy: Policy, training: Training) -> Iterable[Ruling]:
    rounds, epochs = training.rounds, training.local_epochs
    yield _at_most("max_rounds", "training.rounds", rounds, policy.max_rounds)
    yield _at_most("max_local_epochs", "training.local_epochs", epochs, policy.max_local_epochs)
    whole = "training.rounds times training.local_epochs"
    yield _at_most("max_total_epochs", whole, rounds * epochs, policy.max_total_epochs)


def _at_least_together(policy: Policy, minimum: int) -> Ruling:
    """An aggregate of few tells more of each of them."""
    least = policy.min_participants
    asks = f"the task's participants.min is {minimum}"
    says = NO_LIMIT if least is None else f"the policy asks for {least} or more"
    return Ruling("policy", "min_participants", least is None or minimum >= least, asks, says)


def _privacy(policy: Policy, task: Task) -> Iterable[Ruling]:
    asked, rules = task.definition.privacy or Privacy(), policy.privacy
    yield _listed("privacy.require", "privacy.mode", asked.mode, rules.require)
    most, epsilon = rules.max_epsilon, epsilon_of(asked.epsilon_micro)
    if asked.mode == "none":
        allowed, asks = most is None, "the task has no privacy.epsilon: nothing bounds it"
    else:
        allowed, asks = most is None or epsilon <= most, f"the task's privacy.epsilon is {epsilon}"
    says = NO_LIMIT if most is None else f"the policy allows {most} at most"
    yield Ruling("policy", "privacy.max_epsilon", allowed, asks, says)


def _listed(
    rule: str,
    field: str,
    value: str,
    allowed: tuple[str, ...] | None,
    same: Callable[[str, str], bool] = str.__eq__,
) -> Ruling:
    asks = f"the task's {field} is {quoted(value)}"
    if allowed is None:
        return Ruling("policy", rule, True, asks, NO_LIMIT)
    says = f"the policy allows {', '.join(quoted(one) for one in allowed)}"
    return Ruling("policy", rule, any(same(value, one) for one in allowed), asks, says)


def _at_most(rule: str, field: str, value: int, most: int | None) -> Ruling:
    says = NO_LIMIT if most is None else f"the policy allows {most} at most"
    return Ruling(
        "policy", rule, most is None or value <= most, f"the task's {field} is {value}", says
    )


def _same_purpose(purpose: str, pattern: str) -> bool:
    """Whatever the spaces and line breaks: a text folded in YAML is the same text."""
    said, allowed = " ".join(purpose.split()), " ".join(pattern.split())
    return said == allowed or fnmatchcase(said, allowed)


def _same_model(model: str, pattern: str) -> bool:
    """A pattern without a version means all of them."""
    return fnmatchcase(model if "@" in pattern else model.partition("@")[0], pattern)
