"""The channel's configuration: who its organisations are, by their own CAs, and who orders."""

from dataclasses import dataclass
from typing import Any

from cryptography import x509
from fabric_protos.common import configtx_pb2, configuration_pb2
from fabric_protos.msp import msp_config_pb2
from fabric_protos.orderer import configuration_pb2 as orderer_pb2
from google.protobuf.message import DecodeError

from weftwork.audit.findings import Broken

__all__ = ["Configuration", "Consenter", "Organisation", "read_configuration"]


@dataclass(frozen=True)
class Organisation:
    """An MSP: the certificates that its identities' chains end at, and what it has revoked."""

    msp: str
    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()
    revoked: tuple[x509.CertificateRevocationList, ...] = ()


@dataclass(frozen=True)
class Consenter:
    """An orderer whose signature of a block counts."""

    id: int
    msp: str
    certificate: bytes


@dataclass(frozen=True)
class Configuration:
    """What signatures are checked against, from a block on.

    `members` are the MSPs that endorse; `organisations` those of the orderers, too.
    """

    block: int
    channel: str
    organisations: dict[str, Organisation]
    members: tuple[str, ...]
    consenters: tuple[Consenter, ...]

    @property
    def majority(self) -> int:
        """How many organisations an endorsement needs: more than half."""
        return len(self.members) // 2 + 1

    @property
    def quorum(self) -> int:
        """How many orderers sign a block: of n with f = (n-1)/3 faulty, half of n+f+1 or more."""
        count = len(self.consenters)
        return (count + (count - 1) // 3 + 2) // 2


def read_configuration(block: int, channel: str, content: bytes) -> Configuration:
    """The payload's data of a configuration's envelope. Raises `Broken`."""
    try:
        group = configtx_pb2.ConfigEnvelope.FromString(content).config.channel_group
        orderers, members = group.groups["Orderer"], group.groups["Application"]
        organisations = dict(_organisations(orderers)) | dict(_organisations(members))
        return Configuration(
            block=block,
            channel=channel,
            organisations=organisations,
            members=tuple(sorted(msp for msp, _ in _organisations(members))),
            consenters=_consenters(orderers),
        )
    except (DecodeError, ValueError) as error:
        raise Broken(f"the configuration cannot be read: {error}") from error


def _organisations(group: Any) -> list[tuple[str, Organisation]]:
    return [_organisation(one.values["MSP"].value) for one in group.groups.values()]


def _organisation(content: bytes) -> tuple[str, Organisation]:
    config = msp_config_pb2.FabricMSPConfig.FromString(
        msp_config_pb2.MSPConfig.FromString(content).config
    )
    organisation = Organisation(
        msp=config.name,
        roots=tuple(map(x509.load_pem_x509_certificate, config.root_certs)),
        intermediates=tuple(map(x509.load_pem_x509_certificate, config.intermediate_certs)),
        revoked=tuple(map(_revocations, config.revocation_list)),
    )
    return config.name, organisation


def _revocations(content: bytes) -> x509.CertificateRevocationList:
    is_pem = content.lstrip().startswith(b"-----BEGIN")
    return x509.load_pem_x509_crl(content) if is_pem else x509.load_der_x509_crl(content)


def _consenters(group: Any) -> tuple[Consenter, ...]:
    content = group.values["Orderers"].value
    mapping = configuration_pb2.Orderers.FromString(content).consenter_mapping
    kind = orderer_pb2.ConsensusType.FromString(group.values["ConsensusType"].value).type
    if kind != "BFT":
        raise Broken(f"blocks are ordered by {kind or 'nobody'}; only BFT's signatures are known")
    return tuple(Consenter(one.id, one.msp_id, one.identity) for one in mapping)
