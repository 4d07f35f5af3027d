"""Every class of error, provoked on a real network."""

import secrets
import socket
from itertools import count

import grpc
import pytest

from tests.contract.ledger.connecting import gateway_of, options_of
from weftwork.config import Connection
from weftwork.ledger import (
    CommitError,
    CommitStatusError,
    Contract,
    ContractError,
    EndorseError,
    EvaluateError,
    EventsError,
    Gateway,
    Network,
    SubmitError,
    TlsOptions,
    blocking,
)
from weftwork.ledger.credentials import Credentials

STATUS = grpc.StatusCode

# A well-formed signature (r = s = 1) that nobody made.
FORGED = b"\x30\x06\x02\x01\x01\x02\x01\x01"


async def test_a_query_that_the_contract_refuses(probe: Contract) -> None:
    with pytest.raises(EvaluateError) as caught:
        await probe.evaluate("Get", "no such key")
    assert caught.value.contract_error == ContractError("NOT_FOUND", 'no key "no such key"')
    assert [detail.msp_id for detail in caught.value.details] == ["RequesterMSP"]
    assert len(caught.value.transaction_id) == 64


async def test_a_query_of_no_chaincode(network: Network) -> None:
    with pytest.raises(EvaluateError, match="nothing") as caught:
        await network.contract("nothing").evaluate("Get", "key")
    assert caught.value.contract_error is None


async def test_a_query_that_takes_too_long(probe: Contract) -> None:
    with pytest.raises(EvaluateError) as caught:
        await probe.proposal("Sleep", "key", "2000").evaluate(deadline=0.2)
    assert caught.value.status is STATUS.DEADLINE_EXCEEDED
    assert caught.value.exit_code == 8


async def test_a_transaction_that_the_contract_refuses(probe: Contract) -> None:
    words = "ILLEGAL_TRANSITION: task x is FINISHED: only PUBLISHED can be joined"
    with pytest.raises(EndorseError) as caught:
        await probe.submit("Refuse", words)
    assert str(caught.value.contract_error) == words
    assert caught.value.contract_error is not None
    assert caught.value.contract_error.code == "ILLEGAL_TRANSITION"
    assert caught.value.details[0].address.startswith("localhost:")


async def test_a_refusal_without_a_code(probe: Contract) -> None:
    with pytest.raises(EndorseError) as caught:
        await probe.submit("Refuse", "just words")
    assert caught.value.contract_error == ContractError("", "just words")


async def test_peers_that_disagree(probe: Contract) -> None:
    with pytest.raises(EndorseError, match="do not match") as caught:
        await probe.submit("Disagree")
    assert caught.value.status is STATUS.ABORTED
    assert caught.value.contract_error is None
    assert all(detail.msp_id.startswith("Factory") for detail in caught.value.details)


async def test_an_endorsement_that_takes_too_long(probe: Contract) -> None:
    with pytest.raises(EndorseError, match="DEADLINE_EXCEEDED"):
        await probe.proposal("Sleep", "key", "2000").endorse(deadline=0.2)


async def test_an_organisation_that_nobody_knows(probe: Contract) -> None:
    with pytest.raises(EndorseError, match="NoMSP"):
        await probe.submit("Put", "key", "value", endorsing_organisations=["NoMSP"])


async def test_a_proposal_signed_by_another_key(gateway: Gateway, probe: Contract) -> None:
    proposal = probe.proposal("Put", "key", "value")
    forged = gateway.new_signed_proposal(bytes(proposal), FORGED)
    with pytest.raises(EndorseError, match="access denied"):
        await forged.endorse()


async def test_a_transaction_that_the_orderers_refuse(gateway: Gateway, probe: Contract) -> None:
    transaction = await probe.proposal("Put", secrets.token_hex(8), "value").endorse()
    forged = gateway.new_signed_transaction(bytes(transaction), FORGED)
    with pytest.raises(SubmitError, match="FORBIDDEN") as caught:
        await forged.submit()
    assert caught.value.transaction_id == transaction.transaction_id
    assert len(caught.value.details) >= 2  # so many of four orderers that no quorum is left
    assert not caught.value.unresolved


async def test_a_transaction_that_nobody_submitted_has_no_status(probe: Contract) -> None:
    transaction = await probe.proposal("Put", "key", "value").endorse()
    with pytest.raises(CommitStatusError) as caught:
        await transaction.commit.status(deadline=0.5)
    assert caught.value.status is STATUS.DEADLINE_EXCEEDED
    assert caught.value.transaction_id == transaction.transaction_id


async def test_conflicting_transactions(probe: Contract) -> None:
    key = secrets.token_hex(8)
    first, second = [await probe.proposal("Add", key, "1").endorse() for _ in range(2)]
    commits = [await first.submit(), await second.submit()]
    verdicts = [await commit.status() for commit in commits]
    lost = next(verdict for verdict in verdicts if not verdict.successful)
    with pytest.raises(CommitError) as caught:
        lost.check()
    assert caught.value.code == "MVCC_READ_CONFLICT"
    assert caught.value.block_number == lost.block_number
    assert caught.value.transaction_id == lost.transaction_id
    assert await probe.evaluate("Get", key) == b"1"


async def test_a_change_after_the_endorsement_raises_the_conflict(
    connection: Connection, probe: Contract
) -> None:
    key, sign, signatures = secrets.token_hex(8), Credentials.load(connection).signer, count()
    with blocking.Gateway(connection.gateway.endpoint, **options_of(connection)) as another:
        theirs = another.network("weftwork").contract("probe")

        def interfering(digest: bytes) -> bytes:
            if next(signatures) == 1:  # of the transaction: it is endorsed, and not ordered yet
                theirs.submit("Add", key, "1")
            return sign(digest)

        async with gateway_of(connection, signer=interfering) as gateway:
            with pytest.raises(CommitError) as caught:
                await gateway.network("weftwork").contract("probe").submit("Add", key, "1")
    assert caught.value.code == "MVCC_READ_CONFLICT"
    assert await probe.evaluate("Get", key) == b"1"


async def test_events_of_no_channel(gateway: Gateway) -> None:
    elsewhere = gateway.network("elsewhere")
    with pytest.raises(EventsError):
        await anext(elsewhere.chaincode_events("probe"))
    with pytest.raises(EventsError, match="NOT_FOUND") as caught:
        await anext(elsewhere.block_events())
    assert not caught.value.passing


async def test_a_forged_request_for_blocks(gateway: Gateway, network: Network) -> None:
    request = network.new_block_events_request()
    forged = gateway.new_signed_block_events_request(request.kind, bytes(request), FORGED)
    with pytest.raises(EventsError, match="FORBIDDEN"):
        await anext(forged.events())


async def test_a_request_for_blocks_is_bound_to_the_client_certificate(
    connection: Connection, factory_connection: Connection, gateway: Gateway
) -> None:
    theirs = Credentials.load(factory_connection).tls
    sign = Credentials.load(connection).signer
    async with gateway_of(connection, tls=theirs) as elsewhere:
        request = elsewhere.network("weftwork").new_block_events_request()
    replayed = gateway.new_signed_block_events_request(
        request.kind, bytes(request), sign(request.digest)
    )
    with pytest.raises(EventsError, match="BAD_REQUEST"):
        await anext(replayed.events())


async def test_a_peer_that_is_not_there(connection: Connection) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        async with gateway_of(connection, f"127.0.0.1:{taken.getsockname()[1]}") as gateway:
            with pytest.raises(EvaluateError, match="is the peer running") as caught:
                await gateway.network("weftwork").contract("probe").evaluate("Get", "key")
    assert caught.value.status is STATUS.UNAVAILABLE
    assert caught.value.exit_code == 4


async def test_a_peer_that_is_not_trusted(
    connection: Connection, factory_connection: Connection
) -> None:
    tls = Credentials.load(connection).tls
    others = TlsOptions(factory_connection.gateway.tls_roots.read_bytes(), tls.certificate, tls.key)
    async with gateway_of(connection, tls=others) as gateway:
        with pytest.raises(EvaluateError, match="given TLS roots") as caught:
            await gateway.network("weftwork").contract("probe").evaluate("Get", "key")
    assert caught.value.status is STATUS.UNAVAILABLE


async def test_a_peer_of_another_name(connection: Connection) -> None:
    tls = Credentials.load(connection).tls
    other = TlsOptions(tls.roots, tls.certificate, tls.key, server_name="peer.elsewhere")
    async with gateway_of(connection, tls=other) as gateway:
        with pytest.raises(EvaluateError, match="another name") as caught:
            await gateway.network("weftwork").contract("probe").evaluate("Get", "key")
    assert caught.value.status is STATUS.UNAVAILABLE


async def test_a_client_without_certificate_is_not_served(connection: Connection) -> None:
    tls = Credentials.load(connection).tls
    async with gateway_of(connection, tls=TlsOptions(tls.roots)) as gateway:
        with pytest.raises(EvaluateError) as caught:
            await gateway.network("weftwork").contract("probe").evaluate("Get", "key")
    assert caught.value.status is STATUS.UNAVAILABLE
