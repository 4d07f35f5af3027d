"""Identities: a client of the organisation's Fabric CA, and keys and certificates on disk."""

from weftwork.identity.authority import (
    CertificateAuthority,
    Kind,
    Profile,
    Reason,
    RegisteredIdentity,
    RevokedCertificate,
)
from weftwork.identity.enrolment import Enrolment, common_name, new_key, signing_request
from weftwork.identity.storage import (
    load_msp,
    load_tls,
    write_identity,
    write_msp,
    write_tls,
)

__all__ = [
    "CertificateAuthority",
    "Enrolment",
    "Kind",
    "Profile",
    "Reason",
    "RegisteredIdentity",
    "RevokedCertificate",
    "common_name",
    "load_msp",
    "load_tls",
    "new_key",
    "signing_request",
    "write_identity",
    "write_msp",
    "write_tls",
]
