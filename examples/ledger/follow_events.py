"""Follow a chaincode's events; a file remembers how far, so that a restart misses none.

    python examples/ledger/follow_events.py [CONNECTION [FILE [COUNT]]]

Stops after COUNT events (default: never). Started again with the same FILE, it goes on where it
stopped; an event that was in hand at a crash comes again.
"""

import asyncio
import sys
from pathlib import Path

from connecting import open_gateway, read_connection

from weftwork.ledger import FileCheckpoint, resumed


async def main() -> None:
    """Print events from the first block on, or from where FILE says."""
    connection = read_connection()
    path = Path(sys.argv[2] if len(sys.argv) > 2 else "events.checkpoint")
    count = int(sys.argv[3]) if len(sys.argv) > 3 else None
    checkpoint = FileCheckpoint(path)
    async with open_gateway(connection) as gateway:
        network = gateway.network(connection.channel)
        events = resumed(
            lambda position: network.chaincode_events(
                connection.chaincode, start_block=0, checkpoint=position
            ),
            checkpoint=checkpoint,
        )
        seen = 0
        async for event in events:
            print(f"block {event.block_number}: {event.name}")
            seen += 1
            if seen == count:
                checkpoint.checkpoint_chaincode_event(event)
                return


asyncio.run(main())
