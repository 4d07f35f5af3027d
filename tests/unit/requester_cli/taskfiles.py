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

MONTH = 30 * 24 * 3600
# As much as a file may say of everything, and as little: the ledger takes both.
AT_MOST: dict[str, Any] = GOOD | {
    "name": "x" * 56,
    "title": "\u00e9" * 200,
    "description": "\u00e9\n" * 2000,
    "purpose": "\u00e9" * 1000,
    "usage_rules": "\u00e9\t" * 8000,
    "training": {
        "strategy": "fedavg",
        "rounds": 99_999,
        "local_epochs": 10_000,
        "batch_size": 1_000_000,
        "learning_rate": f"999.{'9' * 20}",
        "momentum": f"0.{'9' * 20}",
        "seed": (1 << 53) - 1,
    },
    "participants": {"min": 256, "max": 256, "join_seconds": MONTH},
    "round_seconds": MONTH,
    "target_accuracy": 1,
    "reward": {"amount": 10**12, "unit": "x" * 63},
}
AT_LEAST: dict[str, Any] = {
    "name": "x",
    "title": "x",
    "purpose": "x",
    "usage_rules": "x",
    "model": GOOD["model"],
    "training": {
        "rounds": 1,
        "local_epochs": 1,
        "batch_size": 1,
        "learning_rate": "1e-999",
        "momentum": 0,
        "seed": 0,
    },
    "data": GOOD["data"],
    "participants": {"min": 1, "max": 1, "join_seconds": 0},
    "round_seconds": 1,
    "reward": {"amount": 0, "unit": "x"},
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
