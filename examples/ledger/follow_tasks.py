"""Weftwork's own face of the ledger: typed participants, tasks and rounds.

python examples/ledger/follow_tasks.py [CONNECTION]
"""

import asyncio

from connecting import read_connection

from weftwork.ledger import Ledger, NotFound


async def main() -> None:
    """Print who takes part, and every task's rounds."""
    async with Ledger.open(read_connection()) as ledger:
        print(f"I am {ledger.common_name} of {ledger.msp_id}")
        for participant in await ledger.participants.list():
            print(f"participant {participant.name}: {participant.role} of {participant.msp_id}")
        for task in await ledger.tasks.list():
            print(f"task {task.id}: {task.state}, {task.definition.title}")
            for record in await ledger.rounds.list(task.id):
                print(f"  round {record.round}: {record.accuracy_ppm / 10_000:.1f} %")
        try:
            await ledger.tasks.get("no-such-task")
        except NotFound as error:
            print("not found:", error)


asyncio.run(main())
