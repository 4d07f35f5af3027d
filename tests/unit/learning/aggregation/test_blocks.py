"""What a strategy's server makes of the mean, and what it keeps beside the model."""

import hashlib
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file

from tests.unit.learning.aggregation.files import Tensors, reorder, write
from weftwork.errors import DataError
from weftwork.learning.aggregation import (
    Layout,
    Reason,
    Update,
    aggregate,
    blocks,
    examine,
)
from weftwork.learning.errors import DivergedError, WeightsError
from weftwork.learning.strategies.strategy import Block, Floats, Server
from weftwork.learning.tensorfile import TensorFile

# What the first version of this code made of `a_model` 0 and the updates 1, 2 and 3.
DIGEST = "d919c10299a3fab8a3fddadae67f7cf56d6c9d7cb0346fd74b5667c8a23f3330"


class Doubling(Server):
    """Beyond the mean by the state, which counts rounds and uploads: all of a block is used."""

    def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
        """Twice the step, and the count."""
        start = 100.0 if block.first else 0.0
        count = block.state["s.count"] + start + block.uploads["s.up"] * block.accepted
        model = block.base + 2 * (block.mean - block.base) + count / block.participants
        return model, {"s.count": count}


LAYOUT = Layout(frozenset({"w", "v"}), uploads=("s.up",), state=("s.count",))
SIZES = {"w": (5, 9), "v": (3,), "buffer": (4,)}


def a_model(seed: int, **more: NDArray[np.generic]) -> Tensors:
    random = np.random.default_rng(seed)
    own = {n: random.normal(size=s).astype(np.float32) for n, s in SIZES.items()}
    return {**own, "mask": np.array([True, False, seed > 1]), **more}


def an_update(seed: int) -> Tensors:
    random = np.random.default_rng(seed)
    up = {f"client:s.up/{n}": random.normal(size=SIZES[n]).astype(np.float32) for n in "wv"}
    return a_model(seed, **up)


def oracle(base: Tensors, updates: list[Tensors], counts: list[int]) -> Tensors:
    """Whole tensors at once."""
    first = "server:s.count/w" not in base
    new: Tensors = {"mask": base["mask"]}

    def average(name: str) -> Floats:
        weighted = [
            np.float64(n) * u[name].astype(np.float64) for n, u in zip(counts, updates, strict=True)
        ]
        total: Floats = np.sum(weighted, axis=0)
        return total / sum(counts)

    new["buffer"] = average("buffer").astype(np.float32)
    for name in ("w", "v"):
        state = np.zeros(SIZES[name]) if first else base[f"server:s.count/{name}"]
        block = Block(
            base=base[name].astype(np.float64),
            mean=average(name),
            uploads={"s.up": average(f"client:s.up/{name}")},
            state={"s.count": state.astype(np.float64)},
            accepted=len(updates),
            participants=5,
            first=first,
        )
        model, states = Doubling().combine(block)
        new[name] = model.astype(np.float32)
        new[f"server:s.count/{name}"] = states["s.count"].astype(np.float32)
    return new


def aggregated(folder: Path, base: Path, files: list[Path], threads: int = 2) -> Path:
    updates = [Update(file.name, file, 3 + 4 * i) for i, file in enumerate(files)]
    assert [examine(base, update, LAYOUT) for update in updates] == [None] * len(files)
    output = folder / f"{base.name}+"
    aggregate(
        base,
        updates,
        output,
        layout=LAYOUT,
        server=Doubling(),
        participants=5,
        threads=threads,
    )
    return output


def test_two_rounds_are_the_oracles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7)
    base = write(tmp_path / "base", a_model(0))
    files = [write(tmp_path / f"{i}", an_update(i)) for i in (1, 2, 3)]
    first = aggregated(tmp_path, base, files)
    tensors = [dict(load_file(file)) for file in files]
    expected = oracle(load_file(base), tensors, [3, 7, 11])
    assert_equal(load_file(first), expected)

    second = aggregated(tmp_path, first, files[1:])
    assert_equal(load_file(second), oracle(load_file(first), tensors[1:], [3, 7]))


@settings(max_examples=20)
@given(st.integers(1, 60), st.integers(1, 4), st.randoms(use_true_random=False))
def test_neither_blocks_nor_threads_nor_the_order_of_tensors_change_a_bit(
    block: int, threads: int, random: Random
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        here = Path(folder)
        base = write(here / "base", a_model(0))
        files = [write(here / f"{i}", an_update(i)) for i in (1, 2, 3)]
        whole = aggregated(here, base, files, threads=1).read_bytes()
        for file in files:
            reorder(file, random)
        patch.setattr(blocks, "BLOCK", block)
        again = aggregated(here, base, files, threads=threads)
        assert again.read_bytes() == whole


def test_the_bits_of_fedavg_stay_what_they_always_were(tmp_path: Path) -> None:
    base = write(tmp_path / "base", a_model(0))
    updates = [Update(f"{i}", write(tmp_path / f"{i}", a_model(i)), 10**i) for i in (1, 2, 3)]
    aggregate(base, updates, tmp_path / "out")
    digest = hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest()
    assert digest == DIGEST


def test_what_a_server_keeps_lies_where_any_reader_finds_it(tmp_path: Path) -> None:
    """Wider types first: then every tensor begins where its type may begin."""
    base = write(tmp_path / "base", a_model(0))
    files = [write(tmp_path / "1", an_update(1))]
    output = aggregated(tmp_path, base, files)
    file = TensorFile.open(output)
    assert file.in_file_order()[-1] == "mask"
    assert all(begin % 4 == 0 for name, (begin, _) in file.spans.items() if name != "mask")
    assert [name for name in file.in_file_order() if not name.startswith("server:")] == [
        *TensorFile.open(base).in_file_order()
    ]


def test_an_update_without_its_uploads_takes_no_part(tmp_path: Path) -> None:
    base = write(tmp_path / "base", a_model(0))
    rejection = examine(base, Update("x", write(tmp_path / "x", a_model(1)), 1), LAYOUT)
    assert rejection is not None
    assert rejection.reason is Reason.SHAPE_MISMATCH
    assert rejection.detail == "client:s.up/v is absent, in this task F32 [3]"


def test_an_update_holds_no_state(tmp_path: Path) -> None:
    base = write(tmp_path / "base", a_model(0))
    first = aggregated(tmp_path, base, [write(tmp_path / "1", an_update(1))])
    state = {"server:s.count/w": load_file(first)["server:s.count/w"]}
    update = Update("x", write(tmp_path / "x", an_update(1) | state), 1)
    rejection = examine(first, update, LAYOUT)
    assert rejection is not None
    assert rejection.detail == "server:s.count/w is F32 [5, 9], in this task absent"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"server:s.count/w": np.zeros((5, 9), np.float32)}, "server:s.count/v is absent"),
        ({"server:other/w": np.zeros((5, 9), np.float32)}, "server:other/w is F32"),
    ],
)
def test_a_base_with_another_tasks_state_is_an_error(
    tmp_path: Path, more: Tensors, message: str
) -> None:
    base = write(tmp_path / "base", a_model(0) | more)
    with pytest.raises(WeightsError, match=message):
        examine(base, Update("x", base, 1), LAYOUT)


def test_a_base_without_what_is_trained_is_an_error(tmp_path: Path) -> None:
    base = write(tmp_path / "base", a_model(0))
    with pytest.raises(WeightsError, match="u is absent, and should be trained"):
        examine(base, Update("x", base, 1), Layout(frozenset({"w", "u"})))


def test_a_step_out_of_the_finite_numbers_is_an_error(tmp_path: Path) -> None:
    class Exploding(Server):
        def combine(self, block: Block) -> tuple[Floats, dict[str, Floats]]:
            return block.mean * 1e300, {"s.count": block.mean}

    base = write(tmp_path / "base", a_model(0))
    update = Update("x", write(tmp_path / "x", an_update(1)), 1)
    with pytest.raises(DivergedError, match=r"the server's step took [wv] out of the finite"):
        aggregate(base, [update], tmp_path / "out", layout=LAYOUT, server=Exploding())
    assert not (tmp_path / "out").exists()


def test_more_updates_than_participants_are_an_error(tmp_path: Path) -> None:
    base = write(tmp_path / "base", a_model(0))
    with pytest.raises(DataError, match="2 updates of 1 participants"):
        aggregate(base, [Update("x", base, 1)] * 2, tmp_path / "out", participants=1)


def assert_equal(found: Tensors, expected: Tensors) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].tobytes() == tensor.tobytes(), name
