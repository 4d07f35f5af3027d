"""The policy file: what is read, and what a person is told of a mistake."""

from decimal import Decimal
from pathlib import Path

import pytest

from provider_node.consent.policy import Policy, PrivacyRules
from weftwork.config import load_yaml
from weftwork.errors import ConfigError

WHOLE = """\
requesters: [buyer]
organisations: [BuyerMSP]
purposes:
  - predictive maintenance of pumps
  - energy*
models: [tabular-mlp@1, sensor-*]
max_rounds: 100
max_local_epochs: 5
max_total_epochs: 200
max_round_seconds: 3600
min_participants: 3
privacy:
  require: [ddp-sgd, client-level]
  max_epsilon: 8
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    policy = load_yaml(write(tmp_path, WHOLE), Policy)
    assert policy.model_fields_set == set(Policy.model_fields)
    assert policy.privacy == PrivacyRules(
        require=("ddp-sgd", "client-level"), max_epsilon=Decimal(8)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("requester: [buyer]", "line 1: requester: unknown key; did you mean 'requesters'?"),
        ("requesters: buyer", "line 1: requesters: must be a list"),
        ("requesters: []", "line 1: requesters: lists nothing: list at least one"),
        ("requesters: [Buyer Ltd]", "line 1: requesters.0: must be at most 63 of a-z"),
        ("purposes:", "line 1: purposes: has no value: give one, or leave the key out"),
        ("purposes: [' ']", "line 1: purposes.0: must not be empty"),
        ("models: [mlp v1]", "line 1: models.0: must be NAME or NAME@VERSION, such as mlp@1"),
        ("models: [mlp@]", "line 1: models.0: must be NAME or NAME@VERSION"),
        ("max_rounds: 0", "line 1: max_rounds: must be greater than or equal to 1"),
        ("privacy:\n  require: [dp]", "line 2: privacy.require.0: must be 'none', 'ddp-sgd'"),
        ("privacy:\n  max_epsilon: 0", "line 2: privacy.max_epsilon: must be greater than 0"),
        ("privacy:", "line 1: privacy: has no value"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match="1 mistake") as caught:
        load_yaml(write(tmp_path, text + "\n"), Policy)
    assert said in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 mistakes"):
        load_yaml(write(tmp_path, "max_rounds: many\nmin_participants: 0\n"), Policy)
