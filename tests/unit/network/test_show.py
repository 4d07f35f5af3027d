from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from network.show import show
from network.status import (
    CertificateStatus,
    ChaincodeStatus,
    OrganisationStatus,
    ProcessStatus,
    Status,
)


def _printed(status: Status) -> str:
    console = Console(width=160)
    with console.capture() as captured:
        show(status, console)
    return captured.get()


def _status(health: str, height: int | None) -> Status:
    running = health == "OK"
    process = ProcessStatus(
        name="factory1.peer",
        state="RUNNING" if running else "STOPPED",
        pid=4711 if running else None,
        endpoint="localhost:21130",
        health=health,
    )
    ends = [datetime(2031, 1, 2, 3, 4, tzinfo=UTC), datetime(2030, 1, 2, 3, 4, tzinfo=UTC)]
    organisation = OrganisationStatus(
        name="factory1",
        msp_id="Factory1MSP",
        processes=[process],
        block_height=height,
        chaincodes=[ChaincodeStatus(name="weftwork", version="0123", sequence=2)] if height else [],
        certificates=[
            CertificateStatus(identity="peer", kind=kind, expires_at=end)
            for kind, end in zip(("enrolment", "tls"), ends, strict=True)
        ],
    )
    return Status(
        channel="weftwork", home=Path("/state"), healthy=running, organisations=[organisation]
    )


def test_process_ledger_chaincode_and_the_first_certificate_to_end_are_shown() -> None:
    printed = _printed(_status("OK", 42))
    assert "channel weftwork, healthy, in /state" in printed
    for part in ("factory1.peer", "running", "4711", "localhost:21130", "42", "2030-01-02 03:04"):
        assert part in printed
    assert "weftwork 0123 (sequence 2)" in printed


def test_what_is_not_known_is_a_dash() -> None:
    printed = _printed(_status("not running", None))
    assert "not healthy" in printed
    assert [line.split() for line in printed.splitlines() if "Factory1MSP" in line] == [
        ["factory1", "Factory1MSP", "-", "-", "2030-01-02", "03:04", "UTC"]
    ]
