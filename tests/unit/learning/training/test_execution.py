"""Training in bfloat16, and compiled: what changes, and what does not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.unit.learning.examples import SCHEMA, digits, training
from tests.unit.learning.training.members import Nameless, mlp, privacy
from weftwork.config import Precision
from weftwork.errors import EnvironmentFaultError
from weftwork.learning.data import Dataset
from weftwork.learning.training import Execution, Group, evaluate, train

DATA = digits(classes=(0, 1))
FEW = Dataset(DATA.x[:12], DATA.y[:12])
BFLOAT16 = Execution(precision="bfloat16")
COMPILED = Execution(compiled=True)


def trained(
    execution: Execution,
    *,
    network: nn.Module | None = None,
    data: Dataset = DATA,
    private: bool = False,
    **changes: Any,
) -> nn.Module:
    network = network or mlp()
    train(
        network,
        training(**{"batch_size": 64, "momentum": "0"} | changes),
        data,
        seed=1,
        schema=SCHEMA,
        privacy=privacy() if private else None,
        execution=execution,
    )
    return network


def weights(network: nn.Module) -> torch.Tensor:
    return torch.cat([one.detach().flatten() for one in network.parameters()])


def test_executions_with_other_bits_have_other_names() -> None:
    precisions: tuple[Precision, ...] = ("float32", "bfloat16")
    executions = [
        Execution(Group(0, size), precision, compiled, physical_batch)
        for size in (1, 2, 3)
        for precision in precisions
        for compiled in (False, True)
        for physical_batch in (None, 1, 2)
    ]
    assert len({one.name for one in executions}) == len(executions)
    assert Execution().name == ""
    assert Execution(Group(0, 2)).name == Execution(Group(1, 2)).name


@pytest.mark.parametrize("private", [False, True], ids=["plain", "private"])
def test_bfloat16_is_close_and_not_the_same(private: bool) -> None:
    """Under the same noise, what differs is what was rounded."""
    exact = weights(trained(Execution(), private=private))
    coarse = trained(Nameless(precision="bfloat16"), private=private)
    assert {one.dtype for one in coarse.parameters()} == {torch.float32}
    off = (weights(coarse) - exact).norm() / exact.norm()
    assert 1e-6 < float(off) < 0.02


@pytest.mark.parametrize("private", [False, True], ids=["plain", "private"])
def test_float32_is_not_rounded_by_a_gpu(private: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default torch rounds in convolutions, and here in products too."""

    def flags() -> tuple[bool, bool]:
        return torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32

    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", True)

    def look(*inside: Any) -> None:
        seen.append(flags())
        if inside[2].requires_grad:
            inside[2].register_hook(lambda _: seen.append(flags()))

    seen: list[tuple[bool, bool]] = []
    network = mlp()
    network.register_forward_hook(look)
    trained(Execution(), network=network, data=FEW, private=private)
    evaluate(network, FEW)
    assert set(seen) == {(False, False)}
    assert flags() == (True, True)


def test_bfloat16_learns() -> None:
    network = trained(BFLOAT16, local_epochs=4)
    assert evaluate(network, digits("test", (0, 1))).accuracy_ppm > 950_000


def test_it_repeats_its_bits() -> None:
    one, again = (weights(trained(BFLOAT16, private=True)) for _ in range(2))
    assert torch.equal(one, again)


def test_sums_that_were_rounded_otherwise_have_other_noise() -> None:
    """Else the difference of two releases would show what each hides."""
    exact, coarse = (weights(trained(one, private=True)) for one in (Execution(), BFLOAT16))
    same_noise = weights(trained(Nameless(precision="bfloat16"), private=True))
    assert float((exact - coarse).norm()) > 10 * float((exact - same_noise).norm())


@pytest.fixture
def inductor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The compiler, with an empty cache, and sparing itself the trial of the vector units."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TORCHINDUCTOR_COMPILE_THREADS", "1")
    import torch._inductor.config as config

    monkeypatch.setattr(config.cpp, "vec_isa_ok", True)
    return config


def linear(width: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.Tanh(), nn.Linear(width, 10))


@pytest.mark.usefixtures("inductor")
def test_compiled_is_close_and_repeats_its_bits() -> None:
    """By the real compiler, for batches of two sizes."""
    plain, one, again = (
        weights(trained(execution, network=linear(8), data=FEW, batch_size=8))
        for execution in (Execution(), COMPILED, COMPILED)
    )
    assert torch.equal(one, again)
    torch.testing.assert_close(one, plain, rtol=1e-4, atol=1e-6)


def test_without_a_compiler(inductor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inductor.cpp, "cxx", (None, "/no/such/compiler"))
    with pytest.raises(EnvironmentFaultError, match=r"install a C\+\+ compiler .* compile: false"):
        trained(COMPILED, network=linear(9), data=FEW)


def test_steps_that_are_private_by_the_sample_are_not_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(torch, "compile")
    trained(COMPILED, private=True)
