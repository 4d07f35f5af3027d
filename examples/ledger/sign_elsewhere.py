"""A gateway without a key: each request is signed where the key is.

    python examples/ledger/sign_elsewhere.py [CONNECTION]

`sign` stands for a hardware module, another machine, or a person with a card: it gets 32 bytes and
returns a signature.
"""

import asyncio

from connecting import read_connection, read_identity, read_key, read_tls

from weftwork.ledger import Gateway, sign_with


async def main() -> None:
    """Register the caller, with three signatures made elsewhere."""
    connection = read_connection()
    sign = sign_with(read_key(connection))
    async with Gateway(
        connection.gateway.endpoint, identity=read_identity(connection), tls=read_tls(connection)
    ) as gateway:
        network = gateway.network(connection.channel)
        participants = network.contract(connection.chaincode, "Participants")

        proposal = participants.proposal("Register", "requester.requester", "")
        proposal = gateway.new_signed_proposal(bytes(proposal), sign(proposal.digest))

        transaction = await proposal.endorse()
        transaction = gateway.new_signed_transaction(bytes(transaction), sign(transaction.digest))

        commit = await transaction.submit()
        commit = gateway.new_signed_commit(bytes(commit), sign(commit.digest))
        status = await commit.status()
        print(f"signed elsewhere: transaction {status.transaction_id[:8]} is {status.code}")


asyncio.run(main())
