"""The Gateway client for programs without asyncio: the same words, and each call waits.

    with Gateway(endpoint, identity=..., signer=..., tls=...) as gateway:
        answer = gateway.network("weftwork").contract("weftwork", "Tasks").evaluate("Get", "id")

A thread of its own does the work, so one `Gateway` serves any number of threads. Errors, deadlines,
checkpoints, statuses and the arguments' meaning are those of `weftwork.ledger`.
"""

from weftwork.ledger.blocking.contract import Contract
from weftwork.ledger.blocking.events import Events
from weftwork.ledger.blocking.gateway import Gateway
from weftwork.ledger.blocking.network import Network
from weftwork.ledger.blocking.stages import Commit, Proposal, Transaction

__all__ = [
    "Commit",
    "Contract",
    "Events",
    "Gateway",
    "Network",
    "Proposal",
    "Transaction",
]
