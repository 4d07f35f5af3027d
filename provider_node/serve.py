"""`serve`: a node from its start to its orderly end."""

import asyncio
import fcntl
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

import structlog

from provider_node.backoff import Backoff
from provider_node.budgets import Budgets
from provider_node.config import NodeConfig
from provider_node.consent import PolicyFile
from provider_node.directory import Directory
from provider_node.journal import Journals
from provider_node.memories import Memories
from provider_node.offers import Offers
from provider_node.policy import TransferPolicy
from provider_node.reconciler import Reconciler
from provider_node.registration import register
from provider_node.site import Site
from provider_node.snapshots import Snapshots
from provider_node.trainers import Trainers
from provider_node.trials import Trials
from provider_node.view import Me
from weftwork.artifacts import ArtifactClient, ArtifactService, Store, Trust, bound
from weftwork.config import Connection
from weftwork.errors import EnvironmentFaultError, RefusedError, WeftworkError
from weftwork.learning.models import of_packages
from weftwork.ledger import Ledger
from weftwork.pem import read_certificate

__all__ = ["serve"]

log = structlog.get_logger(__name__)

# Refusals of a registration that waiting does not mend.
NEVER = {"ALREADY_EXISTS", "PERMISSION_DENIED", "INVALID_ARGUMENT"}


async def serve(config: NodeConfig) -> None:
    """Run the node until SIGTERM or SIGINT; raises what keeps it from running at all."""
    connection = config.load_connection()
    with _sole_user_of(config.store):
        node = asyncio.create_task(_run(config, connection))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, node.cancel)
        try:
            await node
        except asyncio.CancelledError:
            log.info("stopped")
        except ExceptionGroup as group:
            known, ours = group.split((WeftworkError, OSError))
            if known is None or ours is not None:
                raise  # a mistake of ours, with its whole traceback
            raise _first(known) from group


def _first(error: Exception) -> Exception:
    """The first error in a group of groups: what ends the node is one line."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _run(config: NodeConfig, connection: Connection) -> None:
    async with _site(config, connection) as site:
        trust = Trust(connection.trust)
        policy = TransferPolicy(
            site.me, site.ledger, site.directory, site.snapshots, site.journals, site.held
        )
        service = ArtifactService(site.store, policy, trust)
        async with bound(config.listen, connection.tls, trust, service) as (server, _):
            # Between the two: an endpoint that this node cannot have is not announced, and who
            # reaches this node finds it on the ledger.
            await _registered(site, connection)
            await server.start()
            log.info("listening", address=config.listen, name=config.name, role=config.role)
            if config.role == "provider":
                await asyncio.to_thread(_warn_of_models)
            await Reconciler(site).run()


@asynccontextmanager
async def _site(config: NodeConfig, connection: Connection) -> AsyncIterator[Site]:
    policy = PolicyFile(config.policy)
    policy.load()  # a mistake in it ends the node here; one that is made later stops its trainings
    scratch = config.store / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # what a killed node left there
    store, journals = Store(config.store), Journals(config.store / "journals")
    scratch.mkdir(mode=0o700)
    trainers = Trainers(config.means, scratch=scratch, kernels=config.store / "kernels")
    async with Ledger.open(connection) as ledger:
        try:
            yield Site(
                config=config,
                me=Me(config.name, config.role),
                ledger=ledger,
                directory=Directory(ledger),
                snapshots=Snapshots(ledger),
                store=store,
                journals=journals,
                scratch=scratch,
                client=ArtifactClient(connection),
                trainers=trainers,
                offers=Offers(config.data, trainers, config.store),
                trials=Trials(trainers),
                budgets=Budgets(config.privacy, config.store / "privacy"),
                memories=Memories(config.store / "memory"),
                policy=policy,
            )
        finally:
            await trainers.close()


def _warn_of_models() -> None:
    """Once: afterwards only a task that asks for such a model speaks of it."""
    for one in of_packages():
        if one.problem:
            log.warning("model cannot be used", package=one.package, reason=one.problem)


async def _registered(site: Site, connection: Connection) -> None:
    """Register, however long the ledger takes to answer; raise where it never will."""
    certificate = read_certificate(connection.identity.certificate)
    backoff = Backoff()
    while True:
        try:
            return await register(site.ledger, site.config, certificate)
        except WeftworkError as error:
            if isinstance(error, RefusedError) and error.code in NEVER:
                raise
            seconds = backoff.failed("register")
            log.warning("not registered", reason=str(error), retry_in=round(seconds, 1))
            await asyncio.sleep(seconds)


def _sole_user_of(folder: Path) -> TextIO:
    """The store's lock, held while this file is open: two nodes would do each step twice."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise EnvironmentFaultError(f"{folder}: another provider_node uses this store") from error
    except OSError as error:
        raise EnvironmentFaultError(f"{folder}: cannot be used: {error.strerror}") from error
    return lock
