"""A transaction's own signatures: of the client that made it, and of the peers that endorsed it."""

import hashlib

from weftwork.audit.blocks import Action, Endorsement, Transaction
from weftwork.audit.certificates import Certificates, units, verify
from weftwork.audit.findings import Broken, require

__all__ = ["check_client", "check_endorsements"]


def check_client(transaction: Transaction, certificates: Certificates) -> None:
    """Check who made the transaction, and that it is all theirs. Raises `Broken`."""
    creator = transaction.creator
    certificate = certificates.check(creator.msp, creator.certificate, transaction.at_ms)
    own = hashlib.sha256(transaction.nonce + creator.raw).hexdigest()
    require(transaction.id == own, f"its id should be {own}: the hash of its nonce and creator")
    channel = certificates.configuration.channel
    require(transaction.channel == channel, f"it is of channel {transaction.channel}")
    verify(certificate, transaction.signature, transaction.payload, "the transaction")


def check_endorsements(transaction: Transaction, certificates: Certificates) -> None:
    """Check that peers of most organisations signed what it reads and writes. Raises `Broken`.

    One wrong signature is a finding even where the others suffice: an honest client sends none.
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


def _endorser(
    action: Action, endorsement: Endorsement, certificates: Certificates, at_ms: int
) -> str:
    signer = endorsement.signer
    certificate = certificates.check(signer.msp, signer.certificate, at_ms)
    require("peer" in units(certificate), f"the endorser of {signer.msp} is not one of its peers")
    what = f"the endorsement of {signer.msp}"
    verify(certificate, endorsement.signature, action.endorsed + signer.raw, what)
    return signer.msp
