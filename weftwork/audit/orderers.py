"""The orderers' signatures of a block: a quorum of those that the configuration lists."""

from typing import Any

from fabric_protos.common import common_pb2

from weftwork.audit.blocks import Block
from weftwork.audit.certificates import Certificates, verify
from weftwork.audit.configuration import Consenter
from weftwork.audit.findings import MALFORMED, Broken, require

__all__ = ["check_orderers"]


def check_orderers(block: Block, certificates: Certificates) -> None:
    """Check that a quorum of different orderers has signed the header. Raises `Broken`.

    A signature covers the metadata's value (which names the last configuration), the orderer's
    number, and the header, and through its hashes all that is in the block and before.
    """
    configuration = certificates.configuration
    signed, wrong = set(), []
    for one in _signatures(block):
        try:
            signed.add(_signer(block, certificates, one))
        except (Broken, *MALFORMED) as error:
            wrong.append(str(error))
    require(
        len(signed) >= configuration.quorum,
        f"{len(signed)} of {len(configuration.consenters)} orderers signed it, at least"
        f" {configuration.quorum} needed" + "".join(f"; {text}" for text in wrong),
    )


def _signatures(block: Block) -> list[tuple[Any, bytes]]:
    metadata = common_pb2.Metadata.FromString(block.signatures)
    return [(one, metadata.value) for one in metadata.signatures]


def _signer(block: Block, certificates: Certificates, signature: tuple[Any, bytes]) -> int:
    """The number of the orderer whose signature this is."""
    message, value = signature
    header = common_pb2.IdentifierHeader.FromString(message.identifier_header)
    consenter = _consenter(certificates, header.identifier)
    certificate = certificates.check(consenter.msp, consenter.certificate, None)
    covered = value + message.identifier_header + block.header
    verify(certificate, message.signature, covered, f"the block, by orderer {consenter.id},")
    return consenter.id


def _consenter(certificates: Certificates, identifier: int) -> Consenter:
    for one in certificates.configuration.consenters:
        if one.id == identifier:
            return one
    raise Broken(f"{identifier} is no orderer of the channel")
