"""The model card says what the ledger says, and the same every time."""

from typing import Any

import pytest
import yaml

from requester_cli.card import card
from tests.unit.requester_cli.examples import FACTORIES, finished, parts, raw_record, sha
from weftwork.ledger.records import Privacy, RoundRecord

SNAPSHOT = finished()


def read(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def test_the_card_names_the_model_and_where_it_comes_from() -> None:
    document = read(card(SNAPSHOT.task, SNAPSHOT.records, "model.safetensors"))
    assert document["model_card"] == 1
    assert document["task"]["id"] == SNAPSHOT.task.id
    assert document["model"]["file"] == "model.safetensors"
    assert document["model"]["sha256"] == sha("model 3")
    assert document["model"]["initial_sha256"] == sha("model 0")
    assert document["model"]["accuracy"] == 0.86
    assert document["model"]["definition"]["name"] == "mlp"
    assert document["data"]["validation_sha256"] == sha("validation")
    assert [one["name"] for one in document["participants"]] == FACTORIES
    assert [one["samples"] for one in document["participants"]] == [400, 401, 402]


def test_every_transaction_from_the_first_to_the_last_is_named() -> None:
    document = read(card(SNAPSHOT.task, SNAPSHOT.records, "model.safetensors"))
    others = {"publish": sha("tx p"), "start": sha("tx s"), "end": sha("tx e")}
    assert document["task"]["transactions"] == others
    found = [(one["round"], one["transaction"], one["sha256"]) for one in document["rounds"]]
    assert found == [(n, sha(f"tx {n}"), sha(f"model {n}")) for n in (1, 2, 3)]


def test_who_was_missing_or_rejected_is_on_the_card() -> None:
    rejected = [{"participant": "factory2", "reason": "bad-signature", "by_quorum": True}]
    raw = raw_record(3, "", accepted=parts(["factory1"]), rejected=rejected, missing=["factory3"])
    record = RoundRecord.model_validate(raw)
    (only,) = read(card(SNAPSHOT.task, [record], "model.safetensors"))["rounds"]
    assert only["accepted"] == ["factory1"]
    assert only["rejected"] == {"factory2": "bad-signature"}
    assert only["missing"] == ["factory3"]


def test_who_decided_a_round_and_what_each_added_is_on_the_card() -> None:
    lied = {"participant": "factory2", "term": 1, "fault": "wrong-proposal"}
    raw = raw_record(3, "", replaced=[lied], faults=[lied], accepted=parts(["factory1"], 31_200))
    record = RoundRecord.model_validate(raw)
    (only,) = read(card(SNAPSHOT.task, [record], "model.safetensors"))["rounds"]
    assert only["committee"] == FACTORIES
    assert only["contributions"] == {"factory1": 0.0312}
    assert only["replaced"] == only["faults"] == {"factory2": "wrong-proposal"}


def test_an_accuracy_that_nobody_measured_is_null() -> None:
    snapshot = finished(accuracy_ppm=-1)
    document = read(card(snapshot.task, snapshot.records, "model.safetensors"))
    assert document["model"]["accuracy"] is None


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("ddp-sgd", "ddp-sgd: epsilon 8, delta 0.00001, add-or-remove-one sample"),
        ("ddp-sgd-paper", "no formal guarantee"),
    ],
)
def test_what_was_promised_is_said_in_words(mode: str, words: str) -> None:
    asked = {"mode": mode, "epsilon_micro": 8_000_000, "delta": "0.00001"}
    definition = SNAPSHOT.task.definition.model_copy(
        update={"privacy": Privacy.model_validate(asked)}
    )
    task = SNAPSHOT.task.model_copy(update={"definition": definition})
    found = read(card(task, SNAPSHOT.records, "model.safetensors"))["privacy"]
    assert words in found.pop("statement")
    assert found == asked


def test_without_privacy_the_card_has_none() -> None:
    assert read(card(SNAPSHOT.task, SNAPSHOT.records, "model.safetensors"))["privacy"] is None


def test_text_of_others_cannot_break_out_of_its_place() -> None:
    definition = SNAPSHOT.task.definition.model_copy(
        update={"title": "x\nmodel: {sha256: forged}", "usage_rules": "!!python/object:os.system"}
    )
    task = SNAPSHOT.task.model_copy(update={"definition": definition})
    document = read(card(task, SNAPSHOT.records, "model.safetensors"))
    assert document["task"]["title"] == "x\nmodel: {sha256: forged}"
    assert document["model"]["sha256"] == sha("model 3")


def test_the_same_task_gives_the_same_bytes() -> None:
    cards = {card(finished().task, finished().records, "model.safetensors") for _ in range(2)}
    assert len(cards) == 1
