"""Where everything lies in the state folder. Paths only: nothing is read or written here.

topology.yaml   the resolved topology          requester.yaml   the requester's connection
.network        says that all this is ours     treasurer.yaml   the treasurer's connection
public/ORG/     what ORG shows to the others   public/channel/  genesis block, configtx.yaml
orgs/ORG/       what only ORG may read         logs/  run/      of the supervisor
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Public:
    """What one organisation shows to the others."""

    root: Path

    @property
    def ca(self) -> Path:
        """Root certificate of its CA, which signs enrolment and TLS certificates alike."""
        return self.root / "ca.pem"

    @property
    def msp(self) -> Path:
        """MSP folder without keys: root certificate and NodeOUs."""
        return self.root / "msp"

    @property
    def orderer_identity(self) -> Path:
        """Enrolment certificate of its orderer, a consenter of the channel."""
        return self.root / "orderer-identity.pem"

    @property
    def orderer_tls(self) -> Path:
        """TLS certificate of its orderer."""
        return self.root / "orderer-tls.pem"


@dataclass(frozen=True)
class Identity:
    """One enrolled identity: an MSP folder, a TLS key pair, and how it reaches the ledger."""

    root: Path

    @property
    def msp(self) -> Path:
        """Local MSP folder, keystore included."""
        return self.root / "msp"

    @property
    def certificate(self) -> Path:
        """Enrolment certificate."""
        return self.msp / "signcerts" / "cert.pem"

    @property
    def key(self) -> Path:
        """Enrolment key, mode 0600."""
        return self.msp / "keystore" / "key.pem"

    @property
    def tls_certificate(self) -> Path:
        """TLS certificate, for clients and servers."""
        return self.root / "tls" / "cert.pem"

    @property
    def tls_key(self) -> Path:
        """TLS key, mode 0600."""
        return self.root / "tls" / "key.pem"

    @property
    def connection(self) -> Path:
        """`weftwork.config.Connection` of this identity."""
        return self.root / "connection.yaml"


@dataclass(frozen=True)
class Site:
    """The private folder of one organisation, and its public one."""

    root: Path
    public: Public

    def component(self, name: str) -> Path:
        """Configuration and data of `ca`, `orderer`, `peer`, `chaincode` or `node`."""
        return self.root / name

    def identity(self, name: str) -> Identity:
        """`admin`, `orderer`, `peer`, `chaincode`, `node`, `requester` or `treasurer`."""
        return Identity(self.root / "identities" / name)

    @property
    def services(self) -> Path:
        """How the peer reaches its chaincode services: one `LABEL.json` a package."""
        return self.root / "peer" / "services"


@dataclass(frozen=True)
class Home:
    """The state folder of a consortium on one machine."""

    root: Path

    @property
    def topology(self) -> Path:
        """The topology that this consortium was made from."""
        return self.root / "topology.yaml"

    @property
    def mark(self) -> Path:
        """Says that a network was made here, and that what the network wrote may be removed."""
        return self.root / ".network"

    @property
    def requester(self) -> Path:
        """Connection of the requester's user: what `requester_cli` reads by default."""
        return self.root / "requester.yaml"

    @property
    def treasurer(self) -> Path:
        """Connection of the treasurer: what `requester_cli deposit` reads by default."""
        return self.root / "treasurer.yaml"

    @property
    def channel(self) -> Path:
        """The channel's public files."""
        return self.root / "public" / "channel"

    @property
    def genesis(self) -> Path:
        """First block of the channel; once it exists, the members are settled."""
        return self.channel / "genesis.block"

    @property
    def packages(self) -> Path:
        """Chaincode packages: the same bytes for every organisation."""
        return self.channel / "packages"

    @property
    def logs(self) -> Path:
        """`NAME.log` of each process, rotated."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """The supervisor's configuration, lock and process ids."""
        return self.root / "run"

    @property
    def chaincodes(self) -> Path:
        """What is deployed, and the binaries of it."""
        return self.root / "chaincodes"

    def content(self) -> list[Path]:
        """Everything that the network writes here; the folder may hold other programs' files."""
        folders = [self.root / "orgs", self.root / "public", self.chaincodes, self.logs, self.run]
        return [*folders, self.requester, self.treasurer, self.topology, self.mark]

    def public(self, organisation: str) -> Public:
        """What `organisation` shows to the others."""
        return Public(self.root / "public" / organisation)

    def site(self, organisation: str) -> Site:
        """What only `organisation` may read."""
        return Site(self.root / "orgs" / organisation, self.public(organisation))
