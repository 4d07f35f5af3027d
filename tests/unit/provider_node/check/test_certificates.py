"""Certificates: whose, from whom, until when, and who can read the key."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from provider_node.check import certificates
from provider_node.check.finding import Finding, find
from tests.unit.artifacts.authority import NOW, Authority, connection
from weftwork.config import Connection

DAY = datetime.timedelta(days=1)
LONG = NOW + 300 * DAY


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority("OurMSP", tmp_path / "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return Authority("TheirMSP", tmp_path / "theirs")


def connect(ours: Authority, theirs: Authority, issuer: Authority, **options: Any) -> Connection:
    pair = issuer.tls("node.ours", **options)
    pair.key.chmod(0o600)
    trust = {one.msp_id: one.root_file for one in (ours, theirs)}
    return connection(ours, pair, trust)


async def tls(connected: Connection) -> Finding:
    return await find("tls", certificates.tls(connected))


async def test_a_good_certificate(ours: Authority, theirs: Authority) -> None:
    finding = await tls(connect(ours, theirs, ours, ends=LONG))
    assert finding.verdict == "good"
    assert finding.said == f"node.ours, valid until {LONG:%Y-%m-%d}"


async def test_one_that_expires_soon_is_a_caution(ours: Authority, theirs: Authority) -> None:
    finding = await tls(connect(ours, theirs, ours, ends=NOW + 29 * DAY))
    assert finding.verdict == "caution"
    assert "enrol again before" in finding.said
    assert finding.exit_code == 0


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [(NOW - 3 * DAY, NOW - DAY, 4), (NOW + DAY, LONG, 4)],
)
async def test_one_that_is_not_valid_now(
    ours: Authority,
    theirs: Authority,
    begins: datetime.datetime,
    ends: datetime.datetime,
    code: int,
) -> None:
    finding = await tls(connect(ours, theirs, ours, begins=begins, ends=ends))
    assert (finding.verdict, finding.exit_code) == ("bad", code)
    assert "not trusted" in finding.said


async def test_one_of_another_organisation(ours: Authority, theirs: Authority) -> None:
    finding = await tls(connect(ours, theirs, theirs, ends=LONG))
    assert finding.verdict == "bad"
    assert "is of TheirMSP, not OurMSP" in finding.said


async def test_a_key_that_others_may_read(ours: Authority, theirs: Authority) -> None:
    connected = connect(ours, theirs, ours, ends=LONG)
    connected.tls.key.chmod(0o644)
    finding = await tls(connected)
    assert (finding.verdict, finding.exit_code) == ("bad", 3)
    assert "chmod 600" in finding.said


async def test_a_key_of_another_certificate(ours: Authority, theirs: Authority) -> None:
    connected = connect(ours, theirs, ours, ends=LONG)
    other = ours.tls("another", ends=LONG)
    connected.tls.key.write_bytes(other.key.read_bytes())
    finding = await tls(connected)
    assert finding.verdict == "bad"
    assert f"{connected.tls.key}: is not the key of {connected.tls.certificate}" in finding.said


@pytest.mark.parametrize("lost", ["certificate", "key"])
async def test_a_file_that_is_not_there(ours: Authority, theirs: Authority, lost: str) -> None:
    connected = connect(ours, theirs, ours, ends=LONG)
    path: Path = getattr(connected.tls, lost)
    path.unlink()
    finding = await tls(connected)
    assert (finding.verdict, finding.said) == ("bad", f"{path}: no such file")


class TestEnrolment:
    async def check(self, connected: Connection) -> Finding:
        return await find("certificate", certificates.enrolment(connected, "provider"))

    async def test_without_a_role(self, ours: Authority, theirs: Authority) -> None:
        finding = await self.check(connect(ours, theirs, ours, ends=LONG))
        assert (finding.verdict, finding.exit_code) == ("bad", 5)
        assert "grants role none, node.yaml says provider" in finding.said
        assert "weftwork.role=provider" in finding.said

    async def test_from_another_root(self, ours: Authority, theirs: Authority) -> None:
        finding = await self.check(connect(ours, theirs, theirs, ends=LONG))
        assert finding.verdict == "bad"
        assert "was not issued by OurMSP's root" in finding.said

    async def test_without_a_root_of_our_own(self, ours: Authority, theirs: Authority) -> None:
        connected = connect(ours, theirs, ours, ends=LONG)
        alone = connected.model_copy(update={"trust": {"TheirMSP": theirs.root_file}})
        finding = await self.check(alone)
        assert "no root of our own organisation, OurMSP" in finding.said


async def test_two_organisations_with_one_root(ours: Authority, theirs: Authority) -> None:
    connected = connect(ours, theirs, ours, ends=LONG)
    twice = connected.model_copy(
        update={"trust": {"OurMSP": ours.root_file, "TheirMSP": ours.root_file}}
    )
    finding = await find("trust", certificates.trust(twice))
    assert finding.verdict == "bad"
    assert "have the same root" in finding.said
