"""The status of what has only been begun."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from network import authority, topology
from network.binaries import Binaries
from network.consortium import Consortium
from network.sockets import with_free_ports
from tests.unit.identity.issuing import enrolment
from weftwork.identity import write_msp


@pytest.fixture
def begun(tmp_path: Path) -> Consortium:
    """What an `up` leaves that was interrupted before anyone enrolled."""
    (tmp_path / "topology.yaml").write_text(with_free_ports(topology.load()).render())
    return Consortium(tmp_path, Binaries(*(tmp_path / "none" for _ in range(4))))


def test_before_anyone_has_enrolled_nothing_is_known_and_nothing_fails(begun: Consortium) -> None:
    for org in begun.status().organisations:
        assert (org.block_height, org.chaincodes, org.certificates) == (None, [], [])
        assert {row.health for row in org.processes} == {"not running"}


def test_half_an_enrolment_shows_the_certificates_there_are(begun: Consortium) -> None:
    site = begun.home.site("factory1")
    authority.prepare(begun.topology.organisation("factory1"), site)
    write_msp(site.identity("admin").msp, enrolment())
    factory1 = begun.status().organisations[1]
    assert [(row.identity, row.kind) for row in factory1.certificates] == [("admin", "enrolment")]


def test_the_command_builds_nothing(begun: Consortium, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-m", "network", "status", "--json"],
        env={
            "PATH": "/usr/bin:/bin",
            "WEFTWORK_HOME": str(begun.home.root),
            "XDG_CACHE_HOME": str(cache),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert len(json.loads(done.stdout)["organisations"]) == 4
    assert not cache.exists()
