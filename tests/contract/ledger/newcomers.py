"""More identities than the consortium starts with: enrolled by a factory's CA, without a node."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from network.consortium import Consortium
from tests.contract.ledger.connecting import gateway_of
from weftwork.config import Connection, load_yaml
from weftwork.identity import CertificateAuthority, Enrolment, load_msp
from weftwork.ledger import Identity, Ledger, sign_with
from weftwork.ledger.credentials import Credentials

HOME = "factory1"


@asynccontextmanager
async def newcomers(
    consortium: Consortium, count: int, role: str = "provider"
) -> AsyncIterator[dict[str, Ledger]]:
    """The ledgers of `count` new providers of a factory, by the names that they may register."""
    connection = load_yaml(consortium.home.site(HOME).identity("node").connection, Connection)
    tls = Credentials.load(connection).tls
    async with AsyncExitStack() as stack:
        ledgers = {}
        for enrolment in await asyncio.to_thread(_enrol, consortium, count, role):
            identity = Identity(connection.msp_id, enrolment.certificate)
            signer, name = sign_with(enrolment.key), enrolment.common_name
            ledgers[name] = Ledger(
                Credentials(identity, name, signer, tls),
                gateway_of(connection, identity=identity, signer=signer),
                connection,
            )
            await stack.enter_async_context(ledgers[name])
        yield ledgers


def _enrol(consortium: Consortium, count: int, role: str) -> list[Enrolment]:
    endpoint = consortium.topology.organisation(HOME).ca.endpoint
    site = consortium.home.site(HOME)
    ca = CertificateAuthority(f"https://{endpoint}", f"ca.{HOME}", site.public.ca)
    admin = load_msp(site.identity("admin").msp)
    enrolments = []
    for _ in range(count):
        name = f"newcomer-{secrets.token_hex(4)}"
        secret = ca.register(admin, name, "client", {"weftwork.role": role})
        enrolments.append(ca.enroll(name, secret))
    return enrolments
