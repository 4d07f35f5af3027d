"""A task, judged by the `privacy` limits of `node.yaml`: one ruling for each key. Pure."""

from provider_node.config import PrivacyLimits
from provider_node.consent.ruling import Ruling
from weftwork.learning.privacy.parameters import PrivacyParameters

__all__ = ["limit_rulings"]


def limit_rulings(limits: PrivacyLimits, asked: PrivacyParameters) -> tuple[Ruling, ...]:
    """What each limit says to a task that asks for `asked`.

    What a data set has left (`epsilon_per_data_set`) is in the node's books, and not judged here.
    """
    judges = (_mode, _epsilon, _delta, _exact)
    return tuple(judge(limits, asked) for judge in judges)


def _mode(limits: PrivacyLimits, asked: PrivacyParameters) -> Ruling:
    return _ruling(
        "privacy.modes",
        asked.mode in limits.modes,
        f"the task's privacy.mode is {asked.mode}",
        f"privacy.modes allows {', '.join(limits.modes)}",
    )


def _epsilon(limits: PrivacyLimits, asked: PrivacyParameters) -> Ruling:
    """More is no reason to refuse: the task is joined with what it may have."""
    rule, most = "privacy.epsilon_per_task", limits.epsilon_per_task
    if asked.epsilon is None:
        return _ruling(rule, True, "the task asks for no epsilon", "nothing is granted")
    granted = min(asked.epsilon, most)
    return _ruling(rule, True, f"the task's privacy.epsilon is {asked.epsilon}", f"gets {granted}")


def _delta(limits: PrivacyLimits, asked: PrivacyParameters) -> Ruling:
    if asked.delta is None:
        return _ruling("privacy.delta", True, "the task asks for no delta", "nothing is granted")
    return _ruling(
        "privacy.delta",
        asked.delta <= limits.delta,
        f"the task's privacy.delta is {asked.delta}",
        f"privacy.delta is {limits.delta}",
    )


def _exact(limits: PrivacyLimits, asked: PrivacyParameters) -> Ruling:
    if asked.mode == "none" or asked.samples != "exact":
        asks = "the task does not ask for the exact number of samples of a private data set"
        return _ruling("privacy.exact", True, asks, "nothing to allow")
    listed = "samples" in limits.exact
    return _ruling(
        "privacy.exact",
        listed,
        "the task wants the exact number of samples",
        f"privacy.exact {'lists' if listed else 'does not list'} samples",
    )


def _ruling(rule: str, allowed: bool, asks: str, says: str) -> Ruling:
    return Ruling("node.yaml", rule, allowed, asks, says)
