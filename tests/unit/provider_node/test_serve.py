"""What keeps a node from starting."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from provider_node import serve as module
from provider_node.config import NodeConfig
from provider_node.serve import _run, _sole_user_of, _warn_of_models, serve
from tests.unit.artifacts.authority import Authority, connection
from weftwork.errors import EnvironmentFaultError, WeftworkError
from weftwork.learning.models import Offered


def test_two_nodes_do_not_share_a_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with (
        _sole_user_of(folder),
        pytest.raises(EnvironmentFaultError, match="another provider_node uses this store"),
        _sole_user_of(folder),
    ):
        pytest.fail("two nodes at once")
    with _sole_user_of(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_store_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EnvironmentFaultError, match="file/store"),
        _sole_user_of(tmp_path / "file" / "store"),
    ):
        pytest.fail("below a file")


async def test_an_endpoint_that_cannot_be_had_is_not_announced(tmp_path: Path) -> None:
    """The port is tried before the ledger, which is away here, is waited for."""
    factory = Authority("FactoryMSP", tmp_path / "factory")
    own = connection(factory, factory.tls("node.factory"), {"FactoryMSP": factory.root_file})
    with socket.create_server(("127.0.0.1", 0)) as holder:
        config = NodeConfig(
            name="f1",
            connection=tmp_path / "connection.yaml",
            listen=f"127.0.0.1:{holder.getsockname()[1]}",
            endpoint="localhost:1",
            store=tmp_path / "store",
        )
        with pytest.raises(EnvironmentFaultError, match="is the port in use"):
            await asyncio.wait_for(_run(config, own), 20)


@pytest_asyncio.fixture
async def _signals() -> AsyncIterator[None]:
    yield
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def ended_by(error: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Exception:
    """What `serve` raises when one of the node's tasks raises `error`."""

    async def fail() -> None:
        raise error

    async def run(*_: object) -> None:
        async with asyncio.TaskGroup() as outer, asyncio.TaskGroup() as group:
            outer.create_task(asyncio.sleep(0))
            group.create_task(fail())

    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(NodeConfig, "load_connection", lambda _: None)
    config = NodeConfig(
        name="f1",
        connection=folder / "connection.yaml",
        listen="127.0.0.1:1",
        endpoint="localhost:1",
        store=folder / "store",
    )
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is for the test to say
        await serve(config)
    return caught.value


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(
    "error", [WeftworkError("as it says"), OSError(28, "No space left on device", "store")]
)
async def test_what_ends_it_is_one_error(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await ended_by(error, tmp_path, monkeypatch) is error


@pytest.mark.usefixtures("_signals")
async def test_a_mistake_of_ours_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await ended_by(ZeroDivisionError(), tmp_path, monkeypatch)
    assert isinstance(ended, ExceptionGroup)


def test_a_model_that_cannot_be_used_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Offered("fan", "fans 2.1", problem="entry point fan = fans:FAN: no module")
    monkeypatch.setattr(module, "of_packages", lambda: (broken,))
    with capture_logs() as lines:
        _warn_of_models()
    (line,) = lines
    assert (line["log_level"], line["package"], line["reason"]) == (
        "warning",
        "fans 2.1",
        broken.problem,
    )
