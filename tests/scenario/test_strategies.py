"""Strategies that upload more than weights, or keep state in the model, among real nodes."""

from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from provider_node.terms import Terms
from tests.scenario.consortium_at_work import AtWork
from weftwork.learning.aggregation import Update, aggregate, examine
from weftwork.learning.tensornames import is_models_own, state_name, upload_name
from weftwork.learning.updates import layout_of
from weftwork.ledger.records import RoundRecord, Task

ROUNDS = 3


@pytest.mark.parametrize(
    ("strategy", "uploads", "state"),
    [
        (
            ["scaffold", {"name": "server-momentum", "momentum": 0.5}],
            {"scaffold.control"},
            {"scaffold.control", "server-momentum.velocity"},
        ),
        (["feddyn"], set(), {"feddyn.moved"}),
    ],
    ids=["scaffold-with-server-momentum", "feddyn"],
)
async def test_what_a_strategy_adds_travels_and_can_be_computed_again(
    at_work: AtWork,
    tmp_path: Path,
    strategy: list[Any],
    uploads: set[str],
    state: set[str],
) -> None:
    changes = {"training__strategy": strategy, "training__learning_rate": 0.02}
    task = await at_work.publish(**changes, training__rounds=ROUNDS, target_accuracy=1)
    ended = await at_work.finished(task)
    records = await at_work.assert_sound(ended)
    assert len(records) == ROUNDS
    assert ended.accuracy_ppm > records[0].accuracy_ppm > 0

    last = records[-1]
    own = tensors(at_work.artifact(last.leader, ended.definition.initial_model.digest))
    assert all(is_models_own(name) for name in own)
    update = tensors(at_work.artifact(last.leader, last.submitted[0].digest))
    assert update == own | {upload_name(one, name) for one in uploads for name in own}
    # Beside an upload for each tensor, it names its provider.
    assert (last.submitted[0].size > 1.5 * ended.definition.initial_model.size) == bool(uploads)
    model = tensors(at_work.artifact(last.leader, last.digest))
    assert model == own | {state_name(one, name) for one in state for name in own}

    again = computed_again(at_work, ended, last, tmp_path / "again")
    assert again == at_work.artifact(last.leader, last.digest).read_bytes()
    fetched = await at_work.requester_cli("fetch-model", task, "--output", str(tmp_path))
    assert Path(fetched["model"]).read_bytes() == again


def tensors(file: Path) -> set[str]:
    """The names of the tensors in a file."""
    with safe_open(file, framework="np") as opened:  # type: ignore[no-untyped-call]
        return set(opened.keys())


def computed_again(at_work: AtWork, task: Task, record: RoundRecord, output: Path) -> bytes:
    """A round's aggregate, from the updates as the providers themselves have them."""
    terms = Terms.of(task.definition)
    composition = terms.training.composition
    layout = layout_of(terms.model, composition)
    base = at_work.artifact(record.leader, record.base_digest)
    weights = {one.participant: one.weight for one in record.accepted}
    updates = [
        Update(
            one.participant,
            at_work.artifact(one.participant, one.digest),
            weights[one.participant],
            one.digest,
        )
        for one in sorted(record.submitted, key=lambda one: one.participant)
    ]
    assert [examine(base, one, layout) for one in updates] == [None] * len(updates)
    server, participants = composition.server(), len(task.participants)
    aggregate(base, updates, output, layout=layout, server=server, participants=participants)
    return output.read_bytes()
