"""A task, judged by a policy, key by key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_node.consent import Policy, refusals, rulings
from tests.unit.provider_node.worlds import task
from weftwork.ledger.records import Task

PRIVATE = {"mode": "ddp-sgd", "epsilon_micro": 2_000_000, "delta": "1e-5"}
TRAINING = {"rounds": 4, "local_epochs": 5, "learning_rate": "0.1", "seed": 7}


def published(**changes: Any) -> Task:
    about = {"purpose": "finding worn pumps", "training": TRAINING, **changes}
    return task("PUBLISHED", who=[], **about)


def refused(policy: dict[str, Any], of: Task) -> list[str]:
    """The keys that refuse the task."""
    found = rulings(Policy.model_validate(policy), of)
    return [one.rule for one in found if not one.allowed]


# The task is of `req` of ReqMSP, for mlp version 1, at least 2 participants, 10 s a round.
@pytest.mark.parametrize(
    ("key", "enough", "too_little"),
    [
        ("requesters", ["other", "req"], ["other", "reqs", "req2"]),
        ("organisations", ["ReqMSP"], ["reqmsp", "req", "OtherMSP"]),
        ("purposes", ["finding worn pumps"], ["finding worn", "Finding worn pumps"]),
        ("purposes", ["other", "finding * pumps"], ["*bearings*", "f?nding"]),
        ("purposes", ["finding\n  worn pumps\n"], ["findingwornpumps"]),
        ("models", ["mlp"], ["ml", "mlp2"]),
        ("models", ["mlp@1"], ["mlp@2", "mlp@11"]),
        ("models", ["m*@1", "cnn"], ["*@2"]),
        ("models", ["*"], ["sensor-*"]),
        ("max_rounds", 4, 3),
        ("max_local_epochs", 5, 4),
        ("max_total_epochs", 20, 19),
        ("max_round_seconds", 10, 9),
        ("min_participants", 2, 3),
    ],
)
def test_each_key_decides_alone(key: str, enough: object, too_little: object) -> None:
    assert refused({key: enough}, published()) == []
    assert refused({key: too_little}, published()) == [key]


@pytest.mark.parametrize(
    ("rules", "privacy", "by"),
    [
        ({"require": ["ddp-sgd"]}, PRIVATE, []),
        ({"require": ["client-level"]}, PRIVATE, ["privacy.require"]),
        ({"require": ["ddp-sgd"]}, None, ["privacy.require"]),
        ({"require": ["none"]}, None, []),
        ({"max_epsilon": "2"}, PRIVATE, []),
        ({"max_epsilon": "1.999999"}, PRIVATE, ["privacy.max_epsilon"]),
        ({"max_epsilon": "1000"}, None, ["privacy.max_epsilon"]),
        ({"max_epsilon": "1000"}, {"mode": "none"}, ["privacy.max_epsilon"]),
    ],
)
def test_privacy(rules: dict[str, Any], privacy: dict[str, Any] | None, by: list[str]) -> None:
    assert refused({"privacy": rules}, published(privacy=privacy)) == by


def test_a_purpose_with_a_patterns_signs_is_still_itself() -> None:
    purpose = "pumps [A-F], and why?"
    assert refused({"purposes": [purpose]}, published(purpose=purpose)) == []


@given(st.text(max_size=30), st.integers(1, 99), st.integers(1, 9))
def test_without_a_policy_everything_is_allowed(purpose: str, rounds: int, epochs: int) -> None:
    training = TRAINING | {"rounds": rounds, "local_epochs": epochs}
    of = published(purpose=purpose, training=training)
    found = rulings(Policy(), of)
    assert refusals(found) == ""
    assert {one.says for one in found} == {"no limit"}


@given(st.text(min_size=1, max_size=30).filter(str.strip))
def test_a_purpose_is_allowed_where_it_is_listed(purpose: str) -> None:
    assert refused({"purposes": [purpose]}, published(purpose=purpose)) == []


def test_who_reads_a_refusal_knows_what_was_asked_and_what_is_allowed() -> None:
    policy = Policy.model_validate({"purposes": ["energy*"], "max_rounds": 3})
    assert refusals(rulings(policy, published())) == (
        "purposes: the task's purpose is 'finding worn pumps'; the policy allows 'energy*'; "
        "max_rounds: the task's training.rounds is 4; the policy allows 3 at most"
    )


def test_what_others_wrote_is_shown_short_and_on_one_line() -> None:
    policy = Policy.model_validate({"purposes": ["energy"]})
    said = refusals(rulings(policy, published(purpose="a\n\x1b[2J" * 100)))
    assert len(said) < 200
    assert said.isprintable()
