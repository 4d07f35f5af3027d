"""Submit a transaction and evaluate a query; then the same transaction stage by stage.

    python examples/ledger/submit.py [CONNECTION]

The transaction registers the caller under its own name, which does no harm when it is repeated.
"""

import asyncio
import json

from connecting import open_gateway, read_connection

from weftwork.ledger import CommitError, EndorseError

NAME = "requester.requester"


async def main() -> None:
    """Register twice, and read the record back."""
    connection = read_connection()
    async with open_gateway(connection) as gateway:
        network = gateway.network(connection.channel)
        participants = network.contract(connection.chaincode, "Participants")

        receipt = json.loads(await participants.submit("Register", NAME, ""))
        print("submitted:", receipt["outcome"])

        proposal = participants.proposal("Register", NAME, "")
        transaction = await proposal.endorse()
        commit = await transaction.submit()
        status = await commit.status()
        print("again:", json.loads(transaction.result)["outcome"])
        print(f"transaction {status.transaction_id[:8]} is {status.code}")

        record = json.loads(await participants.evaluate("Get", NAME))
        print("recorded:", record["name"], "of", record["msp_id"])

        try:
            await participants.submit("Register", "Not A Name", "")
        except (EndorseError, CommitError) as error:
            print("refused:", error.contract_error)


asyncio.run(main())
