"""Whether a transaction was ordered, as the peer of each organisation says of its own ledger."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from tests.scenario.consortium_at_work import AtWork, open_ledger
from weftwork.ledger import EvaluateError, Ledger

UNKNOWN = "no such transaction ID"


async def having(at_work: AtWork, transaction: str) -> list[str]:
    """The organisations whose ledger has the transaction, be it valid or not.

    Each is asked once its ledger has whatever was ordered before this call.
    """
    assert transaction, "an error that names no transaction proves nothing"
    newest = await order_something(at_work)
    async with _peers(at_work) as peers:
        for name, peer in peers.items():
            await at_work.until(partial(_has, peer, newest), f"{name}'s peer is up to date")
        return [name for name, peer in peers.items() if await _has(peer, transaction)]


async def order_something(at_work: AtWork) -> str:
    """A query, ordered as a transaction that changes nothing, once the requester's peer has it.

    That peer then has whatever was ordered before, too.
    """
    participants = at_work.ledger.network.contract("weftwork", "Participants")
    _, commit = await participants.submit_async("Get", "factory1")
    (await commit.status()).check()
    return commit.transaction_id


@asynccontextmanager
async def _peers(at_work: AtWork) -> AsyncIterator[dict[str, Ledger]]:
    async with AsyncExitStack() as opened:
        yield {
            name: await opened.enter_async_context(
                await open_ledger(at_work.consortium, name, "node")
            )
            for name in at_work.everyone
        }


async def _has(peer: Ledger, transaction: str) -> bool:
    query = ("GetTransactionByID", peer.network.name, transaction)
    try:
        # No peer of another organisation may answer in its place.
        await peer.network.contract("qscc").evaluate(*query, endorsing_organisations=[peer.msp_id])
    except EvaluateError as error:
        if UNKNOWN not in str(error):
            raise
        return False
    return True
