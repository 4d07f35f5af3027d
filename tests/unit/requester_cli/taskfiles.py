"""A task file that is right, and one with ten mistakes."""

from typing import Any

GOOD: dict[str, Any] = {
    "name": "digits",
    "title": "Handwritten digits",
    "purpose": "demonstration",
    "model": {
        "name": "mlp",
        "version": 1,
        "parameters": {"inputs": 64, "hidden": [64], "classes": 10},
    },
    "training": {
        "strategy": "fedavg",
        "rounds": 10,
        "local_epochs": 2,
        "batch_size": 32,
        "learning_rate": 0.1,
        "momentum": 0.8,
        "seed": 7,
    },
    "data": {"schema": {"features": {"shape": [64]}, "labels": {"classes": 10}}},
    "validation": {"source": {"kind": "builtin", "name": "digits", "part": "test"}},
    "usage_rules": "Own plants only.",
    "participants": {"min": 2, "max": 3, "join_seconds": 60},
    "round_seconds": 120,
    "target_accuracy": 0.95,
    "reward": {"amount": 1000, "unit": "credit"},
}

TEN_MISTAKES = """\
name: Digits
titel: Handwritten digits
purpose: demonstration
model:
  name: mlp
  version: 1
  parameters: {inputs: 63, hidden: [64], classes: 10, dropout: 0.5}
training:
  rounds: 0
  local_epochs: two
  batch_size: 32
  learning_rate: -0.1
  seed: 7
data:
  schema:
    features: {shape: [64]}
    labels: {classes: 10}
validation:
  source: {kind: csv, path: nothing.csv, label: digit}
usage_rules: Own plants only.
participants: {min: 4, max: 3, join_seconds: 60}
round_seconds: 120
"""
