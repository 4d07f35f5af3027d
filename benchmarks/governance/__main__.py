"""What a committee costs a round: its judging, its messages on the ledger, and more transfers.

    python -m benchmarks.governance [--json FILE] [--model vibration|pictures] [--turns N]

A round of ten providers and a committee of three, each on a machine of its own: a provider trains a
model of about a million weights for 10 epochs on 1,000 samples. Its pieces are measured one after
the other, each alone on this machine, by the product's own code, and added up as a round waits for
them (`shares`). Rows:

    governance_share_of_round  what comes on top of a server that everyone trusts, as part of the
                               round: judging, the ledger, and an update for each more member
    ledger_share_of_round      the ledger's: from the last update's submission to the commit
    round_seconds, training_seconds, judging_seconds, ledger_seconds, transfer_seconds (of one model
    to another node), aggregation_seconds (the measure of the new model included)

Judging is of ten updates that all pass; one that is rejected as harmful has the others scored anew.
The ledger runs for the time: four organisations, all of them on this machine with the three members
that follow the round. Transfers are on this machine, too, and longer between two.
"""

import argparse
import asyncio
import logging
import shutil
import statistics
import tempfile
from pathlib import Path

import structlog

from benchmarks import ledger, report
from benchmarks.governance.chain import Chain
from benchmarks.governance.computing import Desk, Plan
from benchmarks.governance.providers import providers
from benchmarks.governance.shares import Round, rows
from benchmarks.governance.tasks import TASKS, Task
from benchmarks.governance.transfers import transfer
from network import binaries, topology
from network.chaincode_build import build_chaincode
from network.consortium import Consortium
from network.sockets import with_free_ports
from provider_node.trainer import TrainerProcess
from weftwork.config import Connection, load_yaml
from weftwork.ledger import Ledger

LEDGER_TURNS = 15

Seconds = dict[str, float]


async def compute(task: Task, plan: Plan, folder: Path) -> tuple[Seconds, Path]:
    """Seconds of training, judging and aggregation; and the file of an update."""
    async with TrainerProcess(nice=0) as trainer:
        await trainer.warm()
        desk = Desk(task, plan, folder, trainer)
        training = await desk.train()
        update = shutil.copy(await desk.collect(), folder / "update")
        judging, accepted = await desk.judge()
        print(f"{accepted} of {plan.providers - 1} updates of others are accepted", flush=True)
        aggregation = await desk.aggregate()
    return {"training": training, "judging": judging, "aggregation": aggregation}, Path(update)


async def follow(consortium: Consortium, folder: Path, count: int, turns: int) -> float:
    """Median seconds from the last submission to the commit; the first round warms up."""
    async with (
        Ledger.open(load_yaml(consortium.home.requester, Connection)) as requester,
        providers(consortium, folder, count) as sites,
    ):
        await ledger.register(consortium.home, requester)
        chain = await Chain.begun(requester, sites, rounds=turns + 2)  # of which none is the last
        try:
            seen = [await chain.play(number) for number in range(1, turns + 2)][1:]
        finally:
            await chain.end()
    medians = {name: statistics.median(one[name] for one in seen) for name in seen[0]}
    for name, seconds in sorted(medians.items(), key=lambda item: item[1]):
        print(f"  {name:20} {seconds:6.3f} s after the last update was submitted", flush=True)
    return medians["Committed"]


async def on_ledger(consortium: Consortium, update: Path, folder: Path, turns: int) -> Seconds:
    """Seconds of a transfer, and of the ledger's part."""
    pushed = await transfer(consortium.home, update, Plan().turns)
    waited = await follow(consortium, folder, Plan().providers, turns)
    return {"transfer": pushed, "ledger": waited}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.governance", description="What a committee costs a round."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there")
    parser.add_argument("--model", choices=TASKS, default="vibration", help="that is trained")
    parser.add_argument("--turns", type=int, default=LEDGER_TURNS, help="rounds on the ledger")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    machine = report.machine()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        computed, update = asyncio.run(compute(TASKS[options.model], Plan(), folder))
        free = with_free_ports(topology.load())
        with Consortium(folder / "network", binaries.ensure(), free) as network:
            network.up(build_chaincode(ledger.REPOSITORY / "chaincode"), nodes=False)
            waited = asyncio.run(on_ledger(network, update, folder / "nodes", options.turns))
    measured = rows(Round(**computed, **waited))
    report.show(measured)
    if options.json:
        report.write(options.json, measured, machine)


if __name__ == "__main__":
    main()
