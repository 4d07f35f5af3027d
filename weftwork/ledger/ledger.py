"""Weftwork's ledger as programs see it: participants, tasks, rounds, money and events, typed."""

import base64
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from weftwork.config import Connection
from weftwork.errors import ConfigError, IntegrityError
from weftwork.ledger.accounts import Accounts
from weftwork.ledger.chaincode_events import ChaincodeEvent
from weftwork.ledger.checkpoint import Checkpoint
from weftwork.ledger.committee import Committees
from weftwork.ledger.credentials import Credentials
from weftwork.ledger.deadlines import Deadlines
from weftwork.ledger.errors import GatewayError
from weftwork.ledger.events import LedgerEvent
from weftwork.ledger.gateway import Gateway
from weftwork.ledger.participants import Participants
from weftwork.ledger.refusals import translate
from weftwork.ledger.resume import resumed
from weftwork.ledger.rounds import Rounds
from weftwork.ledger.signing import digest_of
from weftwork.ledger.stream import EventStream
from weftwork.ledger.tasks import Tasks
from weftwork.ledger.wallet import Wallet
from weftwork.signing import acceptance_message, update_message

__all__ = ["Ledger"]


class Ledger:
    """One identity's view of one channel.

    Use it as `async with Ledger.open(connection) as ledger`. Every error is one of
    `weftwork.errors`: `Refused` and `NotFound` carry the contract's code and words,
    `Unresolved` (a `DeadlineError`) says that a transaction may have committed.
    Writing calls wait for the commit and are idempotent: their repetition is harmless.
    """

    def __init__(self, credentials: Credentials, gateway: Gateway, connection: Connection) -> None:
        self._credentials = credentials
        self._gateway = gateway
        self._chaincode = connection.chaincode
        self.network = gateway.network(connection.channel)
        self.participants = Participants(self.network.contract(self._chaincode, "Participants"))
        self.tasks = Tasks(self.network.contract(self._chaincode, "Tasks"))
        self.committees = Committees(self.network.contract(self._chaincode, "Committee"))
        self.rounds = Rounds(self.network.contract(self._chaincode, "Rounds"))
        self.accounts = Accounts(self.network.contract(self._chaincode, "Accounts"))
        self._wallets: dict[str, Wallet] = {}

    @classmethod
    def open(cls, connection: Connection, deadlines: Deadlines | None = None) -> Self:
        """A ledger over `connection`; nothing is sent before the first call.

        Raises `ConfigError` where something that the connection names cannot be used.
        """
        credentials = Credentials.load(connection)
        try:
            gateway = Gateway(
                connection.gateway.endpoint,
                identity=credentials.identity,
                signer=credentials.signer,
                tls=credentials.tls,
                deadlines=deadlines,
            )
        except ValueError as error:
            raise ConfigError(f"gateway.endpoint: {error}") from error
        return cls(credentials, gateway, connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls in flight are cancelled."""
        await self._gateway.close()

    @property
    def msp_id(self) -> str:
        """The MSP ID of the identity."""
        return self._credentials.identity.msp_id

    @property
    def common_name(self) -> str:
        """The common name in the identity's certificate."""
        return self._credentials.common_name

    def wallet(self, account: str) -> Wallet:
        """What chooses the coins of `account`, always the same: its calls spend different ones."""
        return self._wallets.setdefault(account, Wallet(self.accounts, account))

    def sign_update(self, task: str, round: int, digest: str) -> str:
        """The signature of an update: base64 of DER ECDSA-SHA256 with the enrolment key."""
        return self._signed(update_message(task, round, digest))

    def sign_acceptance(self, task: str, definition_digest: str) -> str:
        """The acceptance of a task's definition, signed as an update is: see `Task.own_digest`."""
        return self._signed(acceptance_message(task, definition_digest))

    def _signed(self, message: bytes) -> str:
        return base64.b64encode(self._credentials.signer(digest_of(message))).decode()

    def events(
        self,
        *,
        checkpoint: Checkpoint | None = None,
        start_block: int | None = None,
        patience: float | None = None,
        unreadable: Callable[[IntegrityError], None] | None = None,
    ) -> AsyncIterator[LedgerEvent]:
        """Every event from `checkpoint` (else `start_block`, else now) on, without end.

        Without a position, the peer is asked by the call for the height that the events start at,
        which is saved to `checkpoint` before the first event comes: what is submitted afterwards is
        seen. A broken stream is resumed where it broke. An event is saved to `checkpoint` when the
        next one is asked for: what the loop's body did not finish comes again after a restart.
        After `patience` seconds (None: for ever) without a stream, the error is raised.
        An event that cannot be read raises `IntegrityError`; with `unreadable`, that is called
        with the error instead, and the event is passed over.
        """
        return _translated(
            resumed(
                lambda position: self._stream(position, start_block),
                checkpoint=checkpoint,
                height=self.network.height if start_block is None else None,
                patience=patience,
            ),
            unreadable,
        )

    def _stream(self, position: Checkpoint, start_block: int | None) -> EventStream[ChaincodeEvent]:
        return self.network.chaincode_events(
            self._chaincode, start_block=start_block, checkpoint=position
        )


async def _translated(
    events: AsyncIterator[ChaincodeEvent], unreadable: Callable[[IntegrityError], None] | None
) -> AsyncIterator[LedgerEvent]:
    try:
        async for event in events:
            try:
                read = LedgerEvent.parse(event)
            except IntegrityError as error:
                if unreadable is None:
                    raise
                unreadable(error)
            else:
                yield read
    except GatewayError as error:
        raise translate(error) from error
