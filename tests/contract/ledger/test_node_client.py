"""Interoperability: what one client writes, Fabric's official one reads, sends and commits."""

import json
import secrets

import pytest

from benchmarks.node_client import NodeClient, OfficialError, decoded, encoded
from weftwork.config import Connection
from weftwork.ledger import BlockKind, Contract, EvaluateError, Gateway, Network
from weftwork.ledger.credentials import Credentials
from weftwork.ledger.signing import Signer


@pytest.fixture
def sign(connection: Connection) -> Signer:
    return Credentials.load(connection).signer


def probe_call(transaction: str, *arguments: str) -> dict[str, object]:
    return {
        "channel": "weftwork",
        "chaincode": "probe",
        "transaction": transaction,
        "arguments": list(arguments),
    }


async def test_the_official_client_lists_the_tasks(
    node_client: NodeClient, gateway: Gateway
) -> None:
    tasks = gateway.network("weftwork").contract("weftwork", "Tasks")
    ours = await tasks.evaluate("List", "", "", "")
    theirs = node_client.call(
        "evaluate",
        channel="weftwork",
        chaincode="weftwork",
        contract="Tasks",
        transaction="List",
        arguments=["", "", ""],
    )
    assert json.loads(decoded(theirs)) == json.loads(ours)


async def test_what_one_writes_the_other_reads(node_client: NodeClient, probe: Contract) -> None:
    key = secrets.token_hex(8)
    await probe.submit("Put", key, "ours")
    assert decoded(node_client.call("evaluate", **probe_call("Get", key))) == b"ours"
    node_client.call("submit", **probe_call("Put", key, "theirs"))
    assert await probe.evaluate("Get", key) == b"theirs"


def test_our_proposal_is_theirs(node_client: NodeClient, probe: Contract) -> None:
    proposal = probe.proposal("Put", "key", "value", transient={"a": b"b"})
    theirs = node_client.call("read", bytes=encoded(bytes(proposal)))
    assert theirs["transaction_id"] == proposal.transaction_id
    assert decoded(theirs["digest"]) == proposal.digest


async def test_their_client_carries_our_query(
    node_client: NodeClient, probe: Contract, sign: Signer
) -> None:
    key = secrets.token_hex(8)
    await probe.submit("Put", key, "value")
    query = probe.proposal("Get", key)
    answer = node_client.call(
        "evaluateSigned", bytes=encoded(bytes(query)), signature=encoded(sign(query.digest))
    )
    assert decoded(answer) == b"value"


async def test_their_client_streams_the_events_that_we_ask_for(
    node_client: NodeClient, network: Network, probe: Contract, sign: Signer
) -> None:
    name = secrets.token_hex(8)
    _, commit = await probe.submit_async("Emit", name, "payload")
    at = (await commit.status()).block_number
    request = network.new_chaincode_events_request("probe", start_block=at)
    event = node_client.call(
        "chaincodeEventSigned",
        bytes=encoded(bytes(request)),
        signature=encoded(sign(request.digest)),
    )
    assert decoded(event.pop("payload")) == b"payload"
    assert event == {"block_number": at, "transaction_id": commit.transaction_id, "name": name}


@pytest.mark.parametrize("kind", list(BlockKind))
async def test_their_client_streams_the_blocks_that_we_ask_for(
    node_client: NodeClient, network: Network, sign: Signer, kind: BlockKind
) -> None:
    at = await network.height() - 1
    request = network.new_block_events_request(kind, start_block=at)
    number = node_client.call(
        "blockSigned",
        kind=kind.value,
        bytes=encoded(bytes(request)),
        signature=encoded(sign(request.digest)),
    )
    assert number == at


async def test_their_client_carries_our_transaction_to_its_commit(
    node_client: NodeClient, probe: Contract, sign: Signer, gateway: Gateway
) -> None:
    key = secrets.token_hex(8)
    proposal = probe.proposal("Put", key, "value")
    endorsed = node_client.call(
        "endorseSigned", bytes=encoded(bytes(proposal)), signature=encoded(sign(proposal.digest))
    )
    assert endorsed["transaction_id"] == proposal.transaction_id
    assert decoded(endorsed["result"]) == b"value"

    transaction = gateway.new_transaction(decoded(endorsed["bytes"]))
    assert transaction.digest == decoded(endorsed["digest"])
    assert transaction.result == b"value"
    submitted = node_client.call(
        "submitSigned",
        bytes=encoded(bytes(transaction)),
        signature=encoded(sign(transaction.digest)),
    )
    status = node_client.call(
        "statusSigned",
        bytes=submitted["bytes"],
        signature=encoded(sign(decoded(submitted["digest"]))),
    )
    ours = await gateway.new_commit(decoded(submitted["bytes"])).status()
    assert status == {"successful": True, "block_number": ours.block_number}
    assert await probe.evaluate("Get", key) == b"value"


async def test_our_client_carries_their_transaction_to_its_commit(
    node_client: NodeClient, probe: Contract, sign: Signer, gateway: Gateway
) -> None:
    key = secrets.token_hex(8)
    theirs = node_client.call("proposal", **probe_call("Put", key, "value"))
    proposal = gateway.new_signed_proposal(
        decoded(theirs["bytes"]), sign(decoded(theirs["digest"]))
    )
    assert proposal.transaction_id == theirs["transaction_id"]
    assert proposal.digest == decoded(theirs["digest"])
    assert await proposal.submit() == b"value"
    assert await probe.evaluate("Get", key) == b"value"


async def test_both_report_the_same_refusal(node_client: NodeClient, probe: Contract) -> None:
    with pytest.raises(OfficialError) as theirs:
        node_client.call("evaluate", **probe_call("Get", "no such key"))
    with pytest.raises(EvaluateError) as ours:
        await probe.evaluate("Get", "no such key")
    assert theirs.value.name == "GatewayError"
    assert ours.value.message in str(theirs.value)
    assert [detail["message"] for detail in theirs.value.details] == [
        detail.message for detail in ours.value.details
    ]
