"""Without asyncio: the blocking face.

python examples/ledger/script.py [CONNECTION]
"""

import json

from connecting import read_connection, read_identity, read_key, read_tls

from weftwork.ledger import sign_with
from weftwork.ledger.blocking import Gateway

connection = read_connection()
with Gateway(
    connection.gateway.endpoint,
    identity=read_identity(connection),
    signer=sign_with(read_key(connection)),
    tls=read_tls(connection),
) as gateway:
    network = gateway.network(connection.channel)
    tasks = network.contract(connection.chaincode, "Tasks")
    page = json.loads(tasks.evaluate("List", "", "", ""))
    print("tasks:", len(page["items"]))

    with network.filtered_block_events(start_block=0) as blocks:
        print("channel:", next(blocks).channel_id)
