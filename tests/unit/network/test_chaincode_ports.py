"""The ports of a chaincode beside the product's."""

from pathlib import Path

import pytest

from network import deploying, deployment, sockets, topology
from network.binaries import Binaries
from network.consortium import Consortium
from network.deployment import Deployment
from network.package import Chaincode


def test_they_are_no_ports_of_our_own_programs_that_do_not_run_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = topology.load()
    owners = [owner for owner, _, _ in members.listeners()]
    names = [org.name for org in members.organisations]
    ports = iter(range(20000, 20100))
    settled = members.with_ports(dict(zip(owners, ports, strict=False)))
    other = Deployment(
        name="other", binary=tmp_path / "other", ports=dict(zip(names, ports, strict=False))
    )
    left = [next(ports) for _ in names]
    monkeypatch.setattr(sockets, "_RANGE", range(20000, left[-1] + 1))

    consortium = Consortium(tmp_path, Binaries(*(tmp_path / "none" for _ in range(4))), settled)
    deployment.remember(consortium.home, [other])
    chosen: dict[str, int] = {}
    monkeypatch.setattr(deploying, "deploy", lambda _, __, ports, ___: chosen.update(ports))
    consortium.deploy(Chaincode("probe", tmp_path / "probe"))
    assert list(chosen) == names
    assert sorted(chosen.values()) == left
