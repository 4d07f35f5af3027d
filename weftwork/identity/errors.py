"""What can go wrong between this site and a certificate authority.

ConnectionFailedError
├── AuthorityUnreachableError   nothing answers there, or it is no Fabric CA
└── AuthorityUntrustedError     its TLS certificate chains to no given root, or names another
DeadlineError
└── AuthorityTimeoutError       it did not answer in time
RefusedError
└── AuthorityRefusedError       the CA said no; `code` is the CA's own number
    ├── NotAuthenticatedError   wrong name or secret, or a revoked or foreign certificate (20)
    ├── NotAuthorisedError      the registrar lacks the attribute for what it asked (71)
    └── AlreadyRegisteredError  the enrolment ID is taken (74)
IntegrityError
└── CertificateMismatchError    a certificate is for another key or name, or not of its chain
"""

from weftwork.errors import ConnectionFailedError, DeadlineError, IntegrityError, RefusedError


class AuthorityUnreachableError(ConnectionFailedError):
    """Nothing answers at the address, or what answers is not a Fabric CA."""


class AuthorityUntrustedError(ConnectionFailedError):
    """The server's TLS certificate does not chain to the given roots, or names another host."""


class AuthorityTimeoutError(DeadlineError):
    """The authority did not answer in time; whether it acted is unknown."""


class AuthorityRefusedError(RefusedError):
    """The authority refused; `code` is its own number, as text."""


class NotAuthenticatedError(AuthorityRefusedError):
    """Wrong enrolment ID or secret, or the caller's certificate is revoked, expired or foreign."""


class NotAuthorisedError(AuthorityRefusedError):
    """The registrar may not do this: no attribute of its own (`hf.Revoker`, ...) covers it."""


class AlreadyRegisteredError(AuthorityRefusedError):
    """The enrolment ID is taken."""


class CertificateMismatchError(IntegrityError):
    """A certificate is for another key or name, or no CA of its chain signed it."""


# Numbers of Fabric CA's `lib/caerrors`; it hides the details of the first two on purpose.
_REFUSALS = {
    "20": NotAuthenticatedError,
    "71": NotAuthorisedError,
    "74": AlreadyRegisteredError,
}


def refusal(code: str, message: str) -> AuthorityRefusedError:
    """The error for a refusal with the CA's `code`."""
    return _REFUSALS.get(code, AuthorityRefusedError)(message, code)
