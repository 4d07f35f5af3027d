import socket
import stat
from pathlib import Path

import pytest

from network import sockets, topology
from weftwork.errors import EnvironmentFaultError


def test_chosen_ports_are_free_and_distinct() -> None:
    chosen = sockets.with_free_ports(topology.load())
    ports = [port for _, _, port in chosen.listeners()]
    assert len(set(ports)) == len(ports)
    sockets.refuse_taken_ports(chosen)


def test_a_taken_port_is_named_with_who_needs_it_and_what_to_do() -> None:
    chosen = sockets.with_free_ports(topology.load())
    port = chosen.organisation("factory2").peer.port
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(
            EnvironmentFaultError, match=rf"port {port} \(for factory2\.peer\); stop it, or else$"
        ) as raised:
            sockets.refuse_taken_ports(chosen, advice=", or else")
        assert raised.value.exit_code == 10
        assert "\n" not in str(raised.value)
        sockets.refuse_taken_ports(chosen, but=["factory2.peer"])


def test_the_socket_folder_is_private(tmp_path: Path) -> None:
    folder = sockets.socket_folder(tmp_path / "sockets")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(EnvironmentFaultError, match="not a folder of yours alone"):
        sockets.socket_folder(tmp_path)
