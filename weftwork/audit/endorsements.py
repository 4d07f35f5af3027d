"""A transaction's own signatures: of the client that made it, and of the peers that endorsed it."""

import hashlib

from cryptography import x509

from weftwork.audit.blocks import Action, Endorsement, Signer, Transaction
from weftwork.audit.certificates import Certificates, units
from weftwork.audit.findings import MALFORMED, Broken, require
from weftwork.audit.signatures import verify_member

__all__ = ["check_client", "check_endorsements", "endorsers", "own_id", "require_client"]

KINDS = {"admin", "client", "orderer", "peer"}  # of an identity, by its certificate's unit


def check_client(transaction: Transaction, certificates: Certificates) -> None:
    """Check who made the transaction, and that it is all theirs. Raises `Broken`."""
    creator = transaction.creator
    certificates.check(creator.msp, creator.certificate, transaction.at_ms)
    own = own_id(transaction)
    require(transaction.id == own, f"its id should be {own}: the hash of its nonce and creator")
    require_client(transaction, certificates)


def own_id(transaction: Transaction) -> str:
    """What the id of a transaction should be."""
    return hashlib.sha256(transaction.nonce + transaction.creator.raw).hexdigest()


def require_client(transaction: Transaction, certificates: Certificates) -> None:
    """Check the creator's signature as a peer does: it does not look at the time."""
    channel = certificates.configuration.channel
    require(transaction.channel == channel, f"it is of channel {transaction.channel}")
    certificate = _identity(transaction.creator, certificates, None)
    verify_member(certificate, transaction.signature, transaction.payload, "the transaction")


def check_endorsements(transaction: Transaction, certificates: Certificates) -> None:
    """Check that peers of most organisations signed what it reads and writes. Raises `Broken`.

    One wrong signature is a finding even where the others suffice: an honest client sends none. So
    is a call that names another chaincode, or another caller, than those that it was endorsed for.
    """
    action = transaction.action
    if action is None:
        raise Broken("it calls no chaincode")
    require(action.bound, "what was endorsed is the answer to another call")
    endorsed = {
        _endorser(action, one, certificates, transaction.at_ms) for one in action.endorsements
    }
    members, needed = certificates.configuration.members, certificates.configuration.majority
    endorsed &= set(members)
    require(
        len(endorsed) >= needed,
        f"endorsed by {len(endorsed)} of {len(members)} organisations"
        f" ({', '.join(sorted(endorsed)) or 'none'}), at least {needed} needed",
    )
    require(action.same_header, "what was endorsed is the answer to another caller")
    text = f"it names the chaincode {action.named!r}, but what was called is {action.chaincode!r}"
    require(action.named == action.chaincode, text)


def endorsers(action: Action, certificates: Certificates) -> set[str]:
    """The organisations that endorsed it, as a peer counts them.

    Signatures that are wrong, and signers that are no peers, are passed over; and as a peer's
    does, this looks at no time.
    """
    found = set()
    for one in action.endorsements:
        try:
            found.add(_endorser(action, one, certificates, None))
        except (Broken, *MALFORMED):
            continue
    return found & set(certificates.configuration.members)


def _endorser(
    action: Action, endorsement: Endorsement, certificates: Certificates, at_ms: int | None
) -> str:
    signer = endorsement.signer
    certificate = _identity(signer, certificates, at_ms)
    require("peer" in units(certificate), f"the endorser of {signer.msp} is not one of its peers")
    what = f"the endorsement of {signer.msp}"
    verify_member(certificate, endorsement.signature, action.endorsed + signer.raw, what)
    return signer.msp


def _identity(signer: Signer, certificates: Certificates, at_ms: int | None) -> x509.Certificate:
    """Of exactly one kind: an MSP takes no other."""
    certificate = certificates.check(signer.msp, signer.certificate, at_ms)
    kinds = sorted(KINDS & set(units(certificate)))
    text = f"the certificate is of {' and '.join(kinds) or 'no kind'}, should be of one"
    require(len(kinds) == 1, text)
    return certificate
