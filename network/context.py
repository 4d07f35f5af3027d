"""What every step of the local consortium needs: its folder, its members, ways to reach them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx

from network import deployment, operations, service, site
from network.binaries import Binaries
from network.layout import Home, Site
from network.peercli import PeerCli
from network.programs import Program
from network.supervisor import Supervisor
from network.topology import Organisation, Topology

T = TypeVar("T")


class Context:
    """One consortium in one state folder. Each helper acts as one organisation."""

    def __init__(self, home: Home, topology: Topology, binaries: Binaries) -> None:
        self.home = home
        self.topology = topology
        self.binaries = binaries
        self.supervisor = Supervisor(home)
        self._http: dict[str, httpx.Client] = {}

    def site(self, organisation: Organisation) -> Site:
        """The organisation's private folder."""
        return self.home.site(organisation.name)

    def cli(self, organisation: Organisation) -> PeerCli:
        """The `peer` command line as the organisation's admin."""
        return PeerCli(self.binaries.peer, organisation, self.home)

    def http(self, organisation: Organisation) -> httpx.Client:
        """A client of the organisation's operations and administration endpoints."""
        if organisation.name not in self._http:
            self._http[organisation.name] = operations.client(self.site(organisation))
        return self._http[organisation.name]

    def close(self) -> None:
        """Close the connections."""
        for client in self._http.values():
            client.close()
        self._http.clear()

    def each(self, step: Callable[[Organisation], T]) -> list[T]:
        """The same step for every organisation, side by side; the first error is raised."""
        organisations = self.topology.organisations
        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(step, organisations))

    def programs(self) -> list[Program]:
        """Every program of every organisation, those of the deployed chaincodes included."""
        deployments = deployment.recall(self.home).values()
        treasuries = self.topology.treasuries
        found = []
        for org in self.topology.organisations:
            place = self.site(org)
            found += [
                site.ca_program(org, place, self.binaries),
                site.orderer_program(org, place, self.binaries),
                site.peer_program(org, place, self.binaries),
                *(
                    service.program(org, place, d.chaincode, d.ports[org.name], treasuries)
                    for d in deployments
                ),
                site.node_program(org, place),
            ]
        return found
