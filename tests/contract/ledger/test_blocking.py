"""The synchronous face, from a program without asyncio."""

import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from tests.contract.ledger.connecting import options_of
from weftwork.config import Connection
from weftwork.ledger import ContractError, EndorseError, GatewayError
from weftwork.ledger.blocking import Gateway


@pytest.fixture
def blocking(connection: Connection) -> Iterator[Gateway]:
    with Gateway(connection.gateway.endpoint, **options_of(connection)) as gateway:
        yield gateway


def test_submit_and_evaluate(blocking: Gateway) -> None:
    contract = blocking.network("weftwork").contract("probe")
    key = secrets.token_hex(8)
    assert contract.submit("Put", key, "value") == b"value"
    assert contract.evaluate("Get", key) == b"value"
    assert contract.evaluate("Transient", "a", transient={"a": b"b"}) == b"b"


def test_the_stages(blocking: Gateway) -> None:
    contract = blocking.network("weftwork").contract("probe")
    result, commit = contract.submit_async("Put", secrets.token_hex(8), "value")
    assert (result, commit.status().code) == (b"value", "VALID")
    transaction = contract.proposal("Put", secrets.token_hex(8), "value").endorse()
    submitted = transaction.submit(deadline=5)
    assert transaction.result == b"value"
    assert submitted.status() == transaction.commit.status()


def test_errors_are_the_same(blocking: Gateway) -> None:
    with pytest.raises(EndorseError) as caught:
        blocking.network("weftwork").contract("probe").submit("Refuse", "CODE: words")
    assert caught.value.contract_error == ContractError("CODE", "words")


def test_signed_elsewhere(connection: Connection) -> None:
    options = options_of(connection)
    sign = options.pop("signer")
    with Gateway(connection.gateway.endpoint, **options) as keyless:
        contract = keyless.network("weftwork").contract("probe")
        proposal = contract.proposal("Put", secrets.token_hex(8), "value")
        proposal = keyless.new_signed_proposal(bytes(proposal), sign(proposal.digest))
        transaction = proposal.endorse()
        transaction = keyless.new_signed_transaction(bytes(transaction), sign(transaction.digest))
        commit = transaction.submit()
        commit = keyless.new_signed_commit(bytes(commit), sign(commit.digest))
        assert commit.status().successful
        assert commit.transaction_id == proposal.transaction_id == transaction.transaction_id


def test_rebuilt_where_the_key_is(connection: Connection, blocking: Gateway) -> None:
    options = options_of(connection) | {"signer": None}
    with Gateway(connection.gateway.endpoint, **options) as keyless:
        assert keyless.identity == blocking.identity
        contract = keyless.network("weftwork").contract("probe")
        elsewhere = bytes(contract.proposal("Put", secrets.token_hex(8), "value"))
    transaction = bytes(blocking.new_proposal(elsewhere).endorse())
    commit = bytes(blocking.new_transaction(transaction).submit())
    assert blocking.new_commit(commit).status().successful


def test_events(blocking: Gateway) -> None:
    network = blocking.network("weftwork")
    name = secrets.token_hex(8)
    with network.chaincode_events("probe") as events:
        network.contract("probe").submit("Emit", name, "payload")
        event = next(events)
    assert (event.name, event.payload) == (name, b"payload")
    at = event.block_number
    assert at < network.height()
    with network.block_events(start_block=at) as whole:
        assert next(whole).header.number == at
    with network.filtered_block_events(start_block=at) as filtered:
        assert next(filtered).number == at
    with network.block_and_private_data_events(start_block=at) as private:
        assert next(private).block.header.number == at


def test_a_stream_that_waits_ends_when_another_thread_closes_it(blocking: Gateway) -> None:
    events = blocking.network("weftwork").chaincode_events("probe")
    timer = threading.Timer(0.3, events.close)
    timer.start()
    assert list(events) == []
    timer.join()


def test_many_threads_share_a_gateway(blocking: Gateway) -> None:
    contract = blocking.network("weftwork").contract("probe")
    keys = [secrets.token_hex(8) for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda key: contract.submit("Put", key, key), keys))
    assert [answer.decode() for answer in answers] == keys


def test_closing_ends_every_waiting_call(connection: Connection) -> None:
    gateway = Gateway(connection.gateway.endpoint, **options_of(connection))
    events = gateway.network("weftwork").chaincode_events("probe")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, events)
        time.sleep(0.3)
        gateway.close()
        with pytest.raises(CancelledError):
            waiting.result(timeout=10)
    events.close()
    with pytest.raises(GatewayError, match="is closed"):
        next(events)
