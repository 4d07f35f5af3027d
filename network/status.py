"""What the consortium is doing now: asked of the supervisor, the components and the ledger."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography import x509
from pydantic import BaseModel

from network import authority, deployment, health, lifecycle, operations, service
from network.context import Context
from network.supervisor import Process
from network.topology import Component, Organisation
from weftwork.errors import WeftworkError

HEALTHY = "OK"


class ProcessStatus(BaseModel):
    """`state` is the supervisor's word; `health` is `OK`, or why not."""

    name: str
    state: str
    pid: int | None
    endpoint: str
    health: str


class ChaincodeStatus(BaseModel):
    """A chaincode that the organisation's peer has as committed."""

    name: str
    version: str
    sequence: int


class CertificateStatus(BaseModel):
    """When an identity's certificate ends."""

    identity: str
    kind: Literal["enrolment", "tls"]
    expires_at: datetime


class OrganisationStatus(BaseModel):
    """One organisation.

    `block_height` is None and `chaincodes` empty while its peer is down; `certificates` are those
    there are, none before it has enrolled.
    """

    name: str
    msp_id: str
    processes: list[ProcessStatus]
    block_height: int | None
    chaincodes: list[ChaincodeStatus]
    certificates: list[CertificateStatus]

    @property
    def certificates_end(self) -> datetime | None:
        """When the first of them ends."""
        return min((row.expires_at for row in self.certificates), default=None)


class Status(BaseModel):
    """The consortium; `healthy` when every process is."""

    channel: str
    home: Path
    healthy: bool
    organisations: list[OrganisationStatus]


def status(context: Context) -> Status:
    """Ask everyone, side by side."""
    processes = context.supervisor.processes()
    organisations = context.each(lambda org: _organisation(context, org, processes))
    return Status(
        channel=context.topology.channel,
        home=context.home.root,
        healthy=all(row.health == HEALTHY for org in organisations for row in org.processes),
        organisations=organisations,
    )


def _organisation(
    context: Context, organisation: Organisation, processes: dict[str, Process]
) -> OrganisationStatus:
    rows = [
        _process(context, organisation, name, component, processes.get(name))
        for name, component in _components(context, organisation)
    ]
    enrolled = authority.enrolled(context.site(organisation))
    answers = any(row.name.endswith(".peer") and row.health == HEALTHY for row in rows)
    return OrganisationStatus(
        name=organisation.name,
        msp_id=organisation.msp_id,
        processes=rows,
        block_height=operations.block_height(
            context.http(organisation), organisation.peer, context.topology.channel
        )
        if enrolled
        else None,
        chaincodes=_chaincodes(context, organisation) if answers else [],
        certificates=list(_certificates(context.site(organisation).root / "identities")),
    )


def _components(context: Context, organisation: Organisation) -> Iterator[tuple[str, Component]]:
    """Program name and address of each process, the services of further chaincodes included."""
    for name, component in organisation.components().items():
        yield f"{organisation.name}.{name}", component
    for found in deployment.recall(context.home).values():
        if found.name != service.MAIN:
            address = Component(
                host=organisation.chaincode.host, port=found.ports[organisation.name]
            )
            yield service.program_name(organisation, found.chaincode), address


def _process(
    context: Context,
    organisation: Organisation,
    name: str,
    component: Component,
    process: Process | None,
) -> ProcessStatus:
    runs = process is not None and process.pid
    return ProcessStatus(
        name=name,
        state=process.state if process else "STOPPED",
        pid=process.pid if process and process.pid else None,
        endpoint=component.endpoint,
        health=_health(context, organisation, component) if runs else "not running",
    )


def _health(context: Context, organisation: Organisation, component: Component) -> str:
    if not authority.enrolled(context.site(organisation)):
        return "nobody is enrolled yet"  # so there is no certificate to ask with
    if "operations" in component.ports():
        return operations.health(context.http(organisation), component)
    return HEALTHY if health.listens(component) else "no answer"


def _chaincodes(context: Context, organisation: Organisation) -> list[ChaincodeStatus]:
    try:
        found = lifecycle.committed(context.cli(organisation), context.topology.channel)
    except WeftworkError:
        return []  # it has not joined, or has just stopped
    return [
        ChaincodeStatus(name=row.name, version=row.version, sequence=row.sequence)
        for _, row in sorted(found.items())  # the peer lists them in any order
    ]


def _certificates(identities: Path) -> Iterator[CertificateStatus]:
    for folder in sorted(identities.glob("[a-z]*")):
        for kind, path in (("enrolment", "msp/signcerts/cert.pem"), ("tls", "tls/cert.pem")):
            if not (folder / path).exists():
                continue  # its enrolment was interrupted
            certificate = x509.load_pem_x509_certificate((folder / path).read_bytes())
            yield CertificateStatus.model_validate(
                {
                    "identity": folder.name,
                    "kind": kind,
                    "expires_at": certificate.not_valid_after_utc,
                }
            )
