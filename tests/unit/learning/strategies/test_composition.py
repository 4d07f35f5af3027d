"""Several strategies as one: order, names, and what does not combine."""

from dataclasses import replace
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from tests.unit.learning.strategies.federation import START, Federation, composition, double
from weftwork.learning.data import Features, Labels, Schema, Targets
from weftwork.learning.strategies import (
    Composition,
    Finished,
    Received,
    Server,
    StrategyOptions,
    problems,
)
from weftwork.learning.strategies.composition import contradictions
from weftwork.learning.strategies.strategy import Block, Client, Floats, Strategy

CLASSES = get_args(get_args(StrategyOptions)[0])
NAMES = [one.model_fields["name"].default for one in CLASSES]


class Adding(Strategy):
    """Adds at every turn."""

    amount: float = 1

    uploads = ("up",)
    state = ("kept",)

    def client(self, received: Received) -> Client:
        return AddingClient(self.amount, received)

    def server(self) -> Server:
        return AddingServer(self.amount)


class AddingClient(Client):
    def __init__(self, amount: float, received: Received) -> None:
        self.amount = amount
        self.received = received

    def start(self, weights: torch.Tensor) -> torch.Tensor:
        return 2 * weights + self.amount

    def logits(self, logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return 2 * logits + self.amount

    def penalty(
        self, outputs: torch.Tensor, y: torch.Tensor, reference: torch.Tensor | None
    ) -> torch.Tensor | None:
        return outputs[:, 0] * self.amount

    def direct(self, gradient: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return 2 * gradient + self.amount

    def finish(self, started: torch.Tensor, trained: torch.Tensor, steps: int) -> Finished:
        seen = self.received.memory.get("seen", torch.zeros(())) + self.amount
        return Finished({"up": trained}, {"seen": seen}, {"told": steps}, ("careful",))


class AddingServer(Server):
    def __init__(self, amount: float) -> None:
        self.amount = amount

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        return 2 * block.mean + self.amount, {"kept": block.state["kept"] + block.uploads["up"]}


TWO = Composition((Adding(name="a", amount=1), Adding(name="b", amount=10)))
NO_LABELS = torch.zeros(2)


def received(**more: Any) -> Received:
    return Received(START, {}, more, gap=False, learning_rate=0.1)


def test_every_turn_is_taken_in_the_order_of_the_list() -> None:
    client, one = TWO.client(received()), torch.ones(2, 2)
    twice = 2 * (2 * one + 1) + 10
    assert torch.equal(client.start(one), twice)
    assert torch.equal(client.logits(one, NO_LABELS), twice)
    assert torch.equal(client.direct(one, one), twice)


def test_penalties_add_up() -> None:
    one = torch.ones(2, 2)
    total = TWO.client(received()).penalty(one, NO_LABELS, None)
    assert total is not None
    assert total.tolist() == [11, 11]
    assert composition("fedavg", "dlmu").client(received()).penalty(one, NO_LABELS, None) is None


def test_each_has_its_own_names() -> None:
    assert TWO.uploads == ("a.up", "b.up")
    assert TWO.state == ("a.kept", "b.kept")
    memory = {"a.seen": torch.tensor(5.0), "b.seen": torch.tensor(7.0)}
    finished = TWO.client(received(**memory)).finish(START, START, 3)
    assert {name: float(one) for name, one in finished.memory.items()} == {
        "a.seen": 6,
        "b.seen": 17,
    }
    assert list(finished.uploads) == ["a.up", "b.up"]
    assert finished.report == {"a.told": 3, "b.told": 3}
    assert finished.warnings == ("a: careful", "b: careful")


def test_a_server_begins_with_what_the_one_before_made() -> None:
    zeros, ones = np.zeros(3), np.ones(3)
    uploads = {"a.up": ones, "b.up": 5 * ones}
    state = {"a.kept": zeros, "b.kept": 3 * ones}
    model, kept = TWO.server().combine(Block(zeros, ones, uploads, state, 1, 1, first=False))
    assert model.tolist() == [16, 16, 16]
    assert {name: one[0] for name, one in kept.items()} == {"a.kept": 1, "b.kept": 8}


@pytest.mark.parametrize("names", [(), ("fedavg",), ("fedprox", "dlmu", "fedntd")])
def test_a_server_that_changes_nothing_is_the_plain_one(names: tuple[str, ...]) -> None:
    assert type(composition(*names).server()) is Server


ROLES = {
    frozenset({"fedprox", "scaffold"}): "correct the clients' drift",
    frozenset({"fedprox", "feddyn"}): "correct the clients' drift",
    frozenset({"scaffold", "feddyn"}): "correct the clients' drift",
    frozenset({"feddyn", "server-momentum"}): "take the server's step",
    frozenset({"feddyn", "server-adam"}): "take the server's step",
    frozenset({"feddyn", "server-yogi"}): "take the server's step",
    frozenset({"server-momentum", "server-adam"}): "take the server's step",
    frozenset({"server-momentum", "server-yogi"}): "take the server's step",
    frozenset({"server-adam", "server-yogi"}): "take the server's step",
    frozenset({"logit-calibration", "fedrs"}): "shift the logits",
}


@pytest.mark.parametrize("pair", combinations(NAMES, 2), ids="+".join)
def test_two_that_do_the_same_are_refused_with_the_reason(pair: tuple[str, str]) -> None:
    found = contradictions(composition(*pair).strategies)
    if (reason := ROLES.get(frozenset(pair))) is None:
        assert found == []
    else:
        [text] = found
        assert text.startswith(f"{pair[0]} and {pair[1]} cannot be combined: both {reason}")


def test_a_strategy_listed_twice_is_refused() -> None:
    assert contradictions(composition("dlmu", "fedavg", "dlmu").strategies) == [
        "dlmu is listed twice"
    ]


FEATURES = Features(shape=(4,))
LABELLED = Schema(features=FEATURES, labels=Labels(classes=3))
FOR_CLASSES = {"logit-calibration", "fedrs", "fedntd"}


@pytest.mark.parametrize("name", NAMES)
def test_what_needs_classes_is_refused_where_there_are_none(name: str) -> None:
    strategies = composition(name).strategies
    assert problems(strategies, LABELLED, "none") == []
    for schema in (
        Schema(features=FEATURES, targets=Targets(names=("y",))),
        Schema(features=FEATURES),
    ):
        found = problems(strategies, schema, "none")
        assert [text.split(":")[0] for text in found] == [name] * (name in FOR_CLASSES)
        assert all(text.endswith(str(schema.objective)) for text in found)


@pytest.mark.parametrize("name", NAMES)
def test_what_tells_the_number_of_steps_is_refused_where_it_is_protected(name: str) -> None:
    strategies = composition(name).strategies
    assert problems(strategies, LABELLED, "ddp-sgd") == []
    found = problems(strategies, LABELLED, "client-level")
    assert [text.split(":")[0] for text in found] == [name] * (name == "scaffold")


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"scaffold"}))
def test_nothing_else_depends_on_the_number_of_steps(name: str) -> None:
    given = replace(received(), labels=torch.ones(3))
    clients = [composition(name).client(given) for _ in range(2)]
    few, many = (one.finish(START, 2 * START, n) for one, n in zip(clients, (3, 50), strict=True))
    for one, other in ((few.uploads, many.uploads), (few.memory, many.memory)):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)
    assert few.report == many.report


@pytest.mark.parametrize("name", NAMES)
def test_what_a_client_keeps_is_known(name: str) -> None:
    strategies = composition(name)
    given = Received(START, {}, {}, gap=False, learning_rate=0.1, labels=torch.ones(2))
    kept = strategies.client(given).finish(START, START + 1, 3).memory
    assert sorted(kept) == sorted(strategies.memory)


def test_what_a_client_must_be_given_is_known() -> None:
    for name in NAMES:
        assert composition(name).needs_labels == (name in {"logit-calibration", "fedrs"})
    assert composition("fedavg", "fedntd").needs_reference
    assert not composition("fedavg", "dlmu").needs_reference


@pytest.mark.parametrize("name", NAMES)
def test_options_travel_as_text_and_come_back(name: str) -> None:
    [strategy] = composition(name).strategies
    on_ledger = strategy.model_dump(mode="json")
    assert all(isinstance(value, str) for value in on_ledger.values())
    assert TypeAdapter[Any](StrategyOptions).validate_python(on_ledger) == strategy


@pytest.mark.parametrize("name", [name for name in NAMES if not composition(name).needs_labels])
def test_a_round_changes_nothing_that_it_was_given(name: str) -> None:
    federation = Federation(composition(name))
    federation.play()
    given = [federation.weights, *federation.state.values(), *federation.memories[0].values()]
    before = [tensor.clone() for tensor in given]
    federation.train(0)
    assert all(torch.equal(*pair) for pair in zip(given, before, strict=True))


def test_dlmu_goes_with_a_servers_momentum() -> None:
    """Each does what it does alone: where clients start, and what is made of their mean."""
    both = Federation(composition("dlmu", {"name": "server-momentum", "momentum": 0, "rate": 2}))
    alone = Federation(composition("dlmu"))
    both.play()
    alone.play()
    doubled = double(START) + 2 * (double(alone.weights) - double(START))
    np.testing.assert_allclose(both.weights, doubled, rtol=1e-5)
    both.play()
    assert not any(torch.equal(start, both.weights) for start in both.starts)
