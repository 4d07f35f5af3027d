"""Why a transaction does not count: each validation code, found again as Fabric finds it.

The codes stand in a block's metadata, and nobody signs them. They follow from what is signed: from
the transaction, from the configuration, and from what came before.
"""

from fabric_protos.common import common_pb2

from weftwork.audit.blocks import Action, Transaction
from weftwork.audit.certificates import Certificates, load
from weftwork.audit.endorsements import endorsers, own_id, require_client
from weftwork.audit.findings import Broken, require
from weftwork.audit.versions import CONFLICT, PHANTOM, VALID, Versions

__all__ = ["BY_SIGNATURES", "check_code", "refusal"]

# Of peer.TxValidationCode.
BAD_HEADER, BAD_SIGNATURE, BAD_TRANSACTION, UNSUPPORTED, BAD_ID = 3, 4, 5, 7, 8
TWICE, NOT_ENDORSED, ILLEGAL_WRITES, BAD_CHAINCODE, OTHER = 9, 10, 23, 25, 255

WORDS = {
    BAD_HEADER: "its header is not one of a transaction",
    BAD_SIGNATURE: "its creator has not signed it",
    BAD_TRANSACTION: "it is not the call that was endorsed",
    UNSUPPORTED: "it is of a kind that no peer takes",
    BAD_ID: "its id is not the hash of its nonce and creator",
    TWICE: "there was a transaction of this id before",
    NOT_ENDORSED: "too few organisations endorsed it",
    ILLEGAL_WRITES: "it names a namespace twice",
    BAD_CHAINCODE: "header and answer do not name one chaincode",
    OTHER: "its event is of another chaincode",
}

# What the checks of client and endorsements find, too.
BY_SIGNATURES = (BAD_SIGNATURE, BAD_TRANSACTION, BAD_ID, NOT_ENDORSED)

# What other chaincodes' policies, which the audit does not know, may refuse.
_POLICIES = (NOT_ENDORSED, BAD_CHAINCODE, OTHER)


def check_code(transaction: Transaction, found: int, versions: Versions) -> None:
    """Check the code that the exporting peer noted; `found` is `refusal`'s. Raises `Broken`."""
    noted, action = transaction.code, transaction.action
    if found != VALID:
        text = f"{_noted(noted)}, but should be refused (code {found}): {WORDS[found]}"
        require(noted == found or {noted, found} <= {BAD_CHAINCODE, OTHER}, text)
    elif noted in (VALID, CONFLICT):
        versions.check(transaction)
    elif noted == PHANTOM and action is not None:
        _check_phantom(action)
    else:
        unknown = action is not None and not action.is_ours and noted in _POLICIES
        require(unknown, f"{_noted(noted)}, but it is signed, and endorsed by most")


def _check_phantom(action: Action) -> None:
    """A call that only reads does nothing, whatever came into its ranges meanwhile."""
    text = f"{_noted(PHANTOM)}, but no range that it read decides what it writes"
    require(action.ranges and not action.writes_ours, text)


def _noted(code: int) -> str:
    return f"it is noted as {'valid' if code == VALID else f'invalid (code {code})'}"


def refusal(
    transaction: Transaction, certificates: Certificates, versions: Versions, *, sound: bool
) -> int:
    """The code by which a peer refuses it, before it looks at versions; `VALID` if it does not.

    `sound`: its signatures were checked, and hold. Raises `Broken` where the creator's certificate
    cannot be read, so that nobody can say.
    """
    unsigned = _header(transaction) or (VALID if sound else _creator(transaction, certificates))
    if unsigned:
        return unsigned
    if transaction.kind != common_pb2.ENDORSER_TRANSACTION:
        return UNSUPPORTED
    if transaction.id != own_id(transaction):
        return BAD_ID
    action = transaction.action
    if action is None or not action.bound:
        return BAD_TRANSACTION
    if versions.before(transaction):
        return TWICE
    refused = _chaincode(action) or (VALID if sound else _policy(action, certificates))
    return refused or (TWICE if versions.beside(transaction) else VALID)


def _header(transaction: Transaction) -> int:
    kinds = (common_pb2.ENDORSER_TRANSACTION, common_pb2.CONFIG_UPDATE, common_pb2.CONFIG)
    good = transaction.kind in kinds and not transaction.epoch
    return VALID if good and transaction.nonce and transaction.creator.raw else BAD_HEADER


def _creator(transaction: Transaction, certificates: Certificates) -> int:
    load(transaction.creator.certificate)
    try:
        require_client(transaction, certificates)
    except Broken:
        return BAD_SIGNATURE
    return VALID


def _chaincode(action: Action) -> int:
    """What a peer looks at before it asks for the chaincode's policy."""
    if not action.chaincode or action.chaincode != action.answered or not action.version:
        return BAD_CHAINCODE
    if action.event_of is not None and action.event_of != action.chaincode:
        return OTHER
    if len(set(action.spaces)) < len(action.spaces):
        return ILLEGAL_WRITES
    return VALID


def _policy(action: Action, certificates: Certificates) -> int:
    """The default policy of a chaincode: most organisations."""
    if not action.is_ours:
        return VALID
    enough = len(endorsers(action, certificates)) >= certificates.configuration.majority
    return VALID if enough else NOT_ENDORSED
