"""A real consortium on this machine: each organisation's steps, run side by side.

Everything is idempotent: `up` works out from the state folder what is done, and does the rest.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from network import (
    deploying,
    deployment,
    files,
    founding,
    interrupts,
    lock,
    ownership,
    running,
    service,
    sockets,
    stopping,
)
from network import topology as topologies
from network.binaries import Binaries
from network.context import Context
from network.layout import Home
from network.package import Chaincode
from network.peercli import PeerCli
from network.progress import Phases
from network.steps.progress import OnProgress, silent
from network.topology import Topology
from weftwork.errors import ConfigError, EnvironmentFaultError

if TYPE_CHECKING:
    from network.status import Status

# The ledgers of a trial and its logs; below this a node would fail in mid-round.
_LEAST_FREE_BYTES = 1 << 30


class Consortium:
    """Organisations, their processes and the channel, in the state folder `home`.

    A folder that has a consortium keeps its topology; `ConfigError` if another one is given.
    """

    def __init__(self, home: Path, binaries: Binaries, topology: Topology | None = None) -> None:
        self.home = Home(home.absolute())
        self.topology = _resolve(self.home, topology)
        self._context = Context(self.home, self.topology, binaries)

    def __enter__(self) -> "Consortium":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    def up(
        self, chaincode: Path, *, nodes: bool = True, on_progress: OnProgress = silent
    ) -> dict[str, float]:
        """Bring everything up with the chaincode of that binary; return seconds by phase.

        Safe to repeat: what runs is left alone, what is missing or changed is done. On failure
        everything is stopped again, if it was this call that started it.
        """
        phases, ports = Phases(on_progress), self._ports()
        with lock.alone(self.home):
            ownership.claim(self.home)  # before anything that would touch what is not ours
            ran = self._context.supervisor.running()
            try:
                self._prepare()
                founding.found(self._context, phases)
                running.start(self._context, phases)
                deploying.deploy(self._context, Chaincode(service.MAIN, chaincode), ports, phases)
                if nodes:
                    running.start_nodes(self._context, phases)
            except BaseException:
                if not ran:
                    with interrupts.deferred():
                        self._context.supervisor.shutdown()
                raise
        return phases.seconds

    def deploy(self, chaincode: Chaincode, ports: Mapping[str, int] | None = None) -> None:
        """Deploy a chaincode beside the product's, or a new version of one.

        `ports`: organisation -> port of its service; chosen among the free ones if not given.
        """
        with lock.alone(self.home):
            chosen = dict(ports) if ports else self._ports_for(chaincode.name)
            deploying.deploy(self._context, chaincode, chosen, Phases())

    def down(self) -> None:
        """Stop every process. The ledger stays; the next `up` resumes it."""
        stopping.stop(self.home)
        self._context.close()

    def start(self, *names: str) -> None:
        """Start programs by name, such as `factory1.node`."""
        self._context.supervisor.start(names)

    def stop(self, *names: str) -> None:
        """Stop programs by name; they stay stopped until `start` or `up`."""
        self._context.supervisor.stop(names)

    @property
    def is_up(self) -> bool:
        """Whether its processes are supervised now."""
        return self._context.supervisor.running()

    def status(self) -> "Status":
        """Each process and its health, each organisation's ledger, chaincodes and certificates."""
        from network.status import status

        return status(self._context)

    def peer_cli(self, organisation: str) -> PeerCli:
        """The official `peer` command line as that organisation's admin."""
        return self._context.cli(self.topology.organisation(organisation))

    def _ports(self) -> dict[str, int]:
        return {org.name: org.chaincode.port for org in self.topology.organisations}

    def _ports_for(self, chaincode: str) -> dict[str, int]:
        """Those that it has, or free ones that no program of ours will want when it starts."""
        known = deployment.recall(self.home)
        if chaincode in known:
            return known[chaincode].ports
        names = [org.name for org in self.topology.organisations]
        own = {port for _, _, port in self.topology.listeners()}
        own |= {port for other in known.values() for port in other.ports.values()}
        return dict(zip(names, sockets.free_ports(len(names), but=own), strict=True))

    def _prepare(self) -> None:
        topologies.require_local(self.topology)
        free = shutil.disk_usage(self.home.root).free
        if free < _LEAST_FREE_BYTES:
            raise EnvironmentFaultError(
                f"{self.home.root}: {free >> 20} MiB of disk left, {_LEAST_FREE_BYTES >> 20} MiB "
                "needed; free some, or set WEFTWORK_HOME to another disk"
            )
        if not self._context.supervisor.running():
            self._context.supervisor.shutdown()  # ends what a killed supervisor left behind
        running.refuse_taken_ports(self._context)
        if not self.home.topology.exists():
            files.write(self.home.topology, self.topology.render())


def _resolve(home: Home, given: Topology | None) -> Topology:
    """The folder's own topology, or for a new one the given or the default."""
    if not home.topology.exists():
        return given or topologies.load()
    existing = topologies.load(home.topology)
    if given is not None and given != existing:
        raise ConfigError(
            f"{home.topology}: this network was made from another topology; leave it out to go "
            "on with this one, or run `python -m network reset` to start anew"
        )
    return existing
