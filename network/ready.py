"""Whether clients can transact: each organisation's gateway finds a majority that endorses."""

import time
from pathlib import Path

from network import service
from weftwork.config import Connection, load_yaml
from weftwork.errors import DeadlineError
from weftwork.ledger import EndorseError, blocking
from weftwork.ledger.credentials import Credentials

# Every chaincode of the contract API answers it, it changes nothing, and it is never submitted.
_QUESTION = "org.hyperledger.fabric:GetMetadata"

_PAUSE_SECONDS = 0.1


def wait(connection: Path, chaincode: str, timeout: float) -> None:
    """Return when the gateway of that connection file collects endorsements for `chaincode`.

    The product's chaincode has to answer; from another a refusal will do, too, for it may not
    know the question, and has shown that it runs.

    Peers learn of each other, and of what the others have installed, some moments after they
    start; until then a gateway has nobody to ask. `DeadlineError` with its reason after `timeout`.
    """
    described = load_yaml(connection, Connection)
    credentials = Credentials.load(described)
    deadline = time.monotonic() + timeout
    with blocking.Gateway(
        described.gateway.endpoint,
        identity=credentials.identity,
        signer=credentials.signer,
        tls=credentials.tls,
    ) as gateway:
        contract = gateway.network(described.channel).contract(chaincode)
        while True:
            try:
                contract.proposal(_QUESTION).endorse()
                return
            except EndorseError as error:
                if error.contract_error is not None and chaincode != service.MAIN:
                    return
                if time.monotonic() > deadline:
                    raise DeadlineError(
                        f"{described.organisation}: nobody can transact yet: {error}"
                    ) from error
                time.sleep(_PAUSE_SECONDS)
