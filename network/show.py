"""The consortium's status as tables for a person."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from network.status import HEALTHY, OrganisationStatus, ProcessStatus, Status


def show(status: Status, console: Console) -> None:
    """Print a table of processes and one of organisations."""
    console.print(_render(status))


def _render(status: Status) -> RenderableType:
    processes = Table("process", "state", "pid", "endpoint", "health", box=None)
    for org in status.organisations:
        for row in org.processes:
            processes.add_row(*_process(row))
    organisations = Table("organisation", "MSP", box=None)
    organisations.add_column("blocks", justify="right")
    for heading in ("chaincode", "certificates until"):
        organisations.add_column(heading)
    for org in status.organisations:
        organisations.add_row(*_organisation(org))
    state = "healthy" if status.healthy else "not healthy"
    title = Text(f"channel {status.channel}, {state}, in {status.home}")
    return Group(title, Text(), processes, Text(), organisations)


def _process(process: ProcessStatus) -> tuple[str | Text, ...]:
    style = "green" if process.health == HEALTHY else "red"
    pid = str(process.pid) if process.pid else "-"
    health = Text(process.health, style=style)
    return process.name, process.state.lower(), pid, process.endpoint, health


def _organisation(org: OrganisationStatus) -> tuple[str, ...]:
    chaincodes = ", ".join(f"{c.name} {c.version} (sequence {c.sequence})" for c in org.chaincodes)
    end = org.certificates_end
    return (
        org.name,
        org.msp_id,
        "-" if org.block_height is None else str(org.block_height),
        chaincodes or "-",
        f"{end:%Y-%m-%d %H:%M} UTC" if end else "-",
    )
