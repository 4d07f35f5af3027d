"""Requests that a gateway without a key builds, and a key elsewhere signs."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contract.ledger.connecting import gateway_of
from weftwork.config import Connection
from weftwork.ledger import BlockKind, Contract, Gateway, Network
from weftwork.ledger.credentials import Credentials
from weftwork.ledger.signing import Signer


@pytest_asyncio.fixture
async def keyless(connection: Connection) -> AsyncIterator[Gateway]:
    async with gateway_of(connection, signer=None) as gateway:
        yield gateway


@pytest.fixture
def sign(connection: Connection) -> Signer:
    """The key, elsewhere: it sees digests only."""
    return Credentials.load(connection).signer


async def test_without_a_key_nothing_is_sent(keyless: Gateway) -> None:
    proposal = keyless.network("weftwork").contract("probe").proposal("Get", "key")
    with pytest.raises(ValueError, match="no signer"):
        await proposal.evaluate()


async def test_a_query(keyless: Gateway, sign: Signer, probe: Contract) -> None:
    key = secrets.token_hex(8)
    await probe.submit("Put", key, "value")
    proposal = keyless.network("weftwork").contract("probe").proposal("Get", key)
    signed = keyless.new_signed_proposal(bytes(proposal), sign(proposal.digest))
    assert await signed.evaluate() == b"value"


async def test_a_transaction_from_proposal_to_commit(keyless: Gateway, sign: Signer) -> None:
    contract = keyless.network("weftwork").contract("probe")
    chosen = ["RequesterMSP", "Factory1MSP", "Factory2MSP"]
    proposal = contract.proposal(
        "Put", secrets.token_hex(8), "value", endorsing_organisations=chosen
    )
    proposal = keyless.new_signed_proposal(bytes(proposal), sign(proposal.digest))
    transaction = await proposal.endorse()
    assert transaction.result == b"value"
    transaction = keyless.new_signed_transaction(bytes(transaction), sign(transaction.digest))
    commit = await transaction.submit()
    commit = keyless.new_signed_commit(bytes(commit), sign(commit.digest))
    assert commit.transaction_id == proposal.transaction_id
    assert (await commit.status()).successful


async def test_requests_rebuilt_where_the_key_is(keyless: Gateway, gateway: Gateway) -> None:
    proposal = keyless.network("weftwork").contract("probe").proposal("Put", "key", "value")
    transaction = await gateway.new_proposal(bytes(proposal)).endorse()
    commit = await gateway.new_transaction(bytes(transaction)).submit()
    assert (await gateway.new_commit(bytes(commit)).status()).successful


async def test_chaincode_events(
    keyless: Gateway, sign: Signer, network: Network, probe: Contract
) -> None:
    # From a block on: this gateway may have to connect first, and an event would be over by then.
    request = keyless.network("weftwork").new_chaincode_events_request(
        "probe", start_block=await network.height()
    )
    signed = keyless.new_signed_chaincode_events_request(bytes(request), sign(request.digest))
    name = secrets.token_hex(8)
    async with signed.events() as events:
        await probe.submit("Emit", name, "payload")
        assert (await anext(events)).name == name


@pytest.mark.parametrize("kind", list(BlockKind))
async def test_block_events(keyless: Gateway, sign: Signer, kind: BlockKind) -> None:
    request = keyless.network("weftwork").new_block_events_request(kind, start_block=1)
    signed = keyless.new_signed_block_events_request(kind, bytes(request), sign(request.digest))
    async with signed.events() as events:
        assert await anext(events)
