"""The audit: every block, every transaction, every artifact, in the order of the chain."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from weftwork.audit.artifacts import check_artifacts
from weftwork.audit.blocks import Action, Block, Transaction, parse_block
from weftwork.audit.bundle import Bundle, file_digest, root_path, roots_of
from weftwork.audit.certificates import Certificates
from weftwork.audit.chain import check_chain
from weftwork.audit.configuration import read_configuration
from weftwork.audit.endorsements import check_client, check_endorsements
from weftwork.audit.findings import Broken, Finding, Place, Report, require
from weftwork.audit.orderers import check_orderers
from weftwork.audit.refusals import BY_SIGNATURES, check_code, refusal
from weftwork.audit.replay import check_call, read_writes
from weftwork.audit.task import Task
from weftwork.audit.versions import CONFLICT, PHANTOM, VALID, Versions
from weftwork.audit.world import Record, World, Writes
from weftwork.errors import NotFoundError
from weftwork.names import did_you_mean

__all__ = ["verify"]


def verify(
    bundle: Bundle,
    task: str,
    *,
    deep: bool = False,
    genesis: str = "",
    treasurers: Collection[str] = (),
) -> Report:
    """Check all that `bundle` says of `task`, and all that this rests on.

    `deep` recomputes every aggregate, too. `genesis` is the hash of the channel's first block that
    the auditor has from elsewhere: with it, nobody can have made up the whole chain. `treasurers`
    are the MSPs whose deposits the auditor accepts; with none, all are. What does not hold is in
    the report, and the audit goes on from what the ledger says.
    """
    audit = Audit(bundle, Report(task, absent=_absent(bundle, task)), treasurers)
    audit.check_files()
    audit.check_genesis(genesis)
    audit.check_blocks()
    audit.check_task(deep=deep)
    return audit.report


def _absent(bundle: Bundle, task: str) -> list[str]:
    """What the manifest says is absent; of another task it says nothing."""
    if bundle.task == task:
        return list(bundle.absent)
    return [f"a bundle of task {task}: this one was exported for task {bundle.task}"]


@dataclass
class Audit:
    """An audit that goes on, block by block."""

    bundle: Bundle
    report: Report
    treasurers: Collection[str] = ()
    world: World = field(default_factory=World)
    versions: Versions = field(default_factory=Versions)
    certificates: Certificates | None = None
    _before: Block | None = None

    def check_files(self) -> None:
        """Every file of the manifest is there, and as it was exported."""
        for name, expected in sorted(self.bundle.files.items()):
            with self.report.checking("manifest", Place(file=name)):
                path = self.bundle.file(name)
                if path is None:
                    raise Broken("it is not in the bundle")
                found = file_digest(path)
                require(found == expected, f"its SHA-256 is {found}, the manifest says {expected}")

    def check_genesis(self, expected: str) -> None:
        """The first block is the one that the auditor knows, if any is known."""
        with suppress(Broken, NotFoundError):
            self.report.genesis = parse_block(self.bundle.block(0)).hash.hex()
        if expected:
            found = self.report.genesis
            with self.report.checking("genesis", Place(0)):
                require(found, "there is no first block that can be read")
                require(found == expected.lower(), f"its hash is {found}, should be {expected}")

    def check_blocks(self) -> None:
        """Every block from the first; none is left out."""
        for number in range(self.bundle.blocks):
            try:
                block = parse_block(self.bundle.block(number))
            except (Broken, NotFoundError) as error:  # what follows cannot be read either
                self.report.findings.append(Finding("chain", str(error), Place(number)))
                return
            self._check_block(block, number)
        self._check_roots()

    def _check_roots(self) -> None:
        """The certificates that people compare are those of the newest configuration."""
        organisations = self.certificates.configuration.organisations if self.certificates else {}
        for msp, organisation in sorted(organisations.items()):
            name = str(root_path(msp))
            path = self.bundle.file(name)
            if path and name in self.bundle.files:
                with self.report.checking("roots", Place(file=name)):
                    same = path.read_bytes() == roots_of(organisation)
                    require(same, f"it is not what the channel's configuration has of {msp}")

    def _check_block(self, block: Block, number: int) -> None:
        place = Place(number)
        with self.report.checking("chain", place):
            check_chain(block, number, self._before)
        self._before = block
        if self.certificates:
            with self.report.checking("orderers", place):
                check_orderers(block, self.certificates)
        with self.report.checking("blocks", place):
            unread = list(self._check_transactions(block))
            require(not unread, "; ".join(unread))

    def _check_transactions(self, block: Block) -> Iterator[str]:
        """Each of them; what cannot be read is told, and hides nothing that follows."""
        for index in range(len(block.data)):
            try:
                transaction = block.transaction(index)
            except Broken as error:
                yield str(error)
            else:
                self._check_transaction(transaction)

    def _check_transaction(self, transaction: Transaction) -> None:
        place = Place(transaction.block, transaction.id)
        if transaction.config is not None:
            with self.report.checking("configuration", place):
                number, channel = transaction.block, transaction.channel
                configuration = read_configuration(number, channel, transaction.config)
                self.certificates = Certificates(configuration)
            self.versions.note(transaction, accepted=False)
            return
        if self.certificates is None:
            self.report.findings.append(Finding("configuration", "the channel has none", place))
            return
        sound = self._check_signatures(transaction, self.certificates, place)
        with self.report.checking("validity", place):
            self._check_validity(transaction, self.certificates, sound=sound)
        if transaction.code == VALID and transaction.action is not None:
            self._replay(transaction, transaction.action, place)

    def _check_signatures(
        self, transaction: Transaction, certificates: Certificates, place: Place
    ) -> bool:
        """The client's, and the endorsers' of what counts. Whether all were checked, and hold."""
        before = len(self.report.findings)
        if transaction.code in (VALID, CONFLICT, PHANTOM):
            with self.report.checking("client", place):
                check_client(transaction, certificates)
        if transaction.code != VALID:
            return False
        if transaction.action is not None and transaction.action.is_ours:
            with self.report.checking("endorsements", place):
                check_endorsements(transaction, certificates)
        return len(self.report.findings) == before

    def _check_validity(
        self, transaction: Transaction, certificates: Certificates, *, sound: bool
    ) -> None:
        """Raise `Broken` if the code that the exporting peer noted does not follow."""
        found = refusal(transaction, certificates, self.versions, sound=sound)
        self.versions.note(transaction, accepted=found == VALID)
        told = transaction.code == VALID and not sound and found in BY_SIGNATURES
        if not told:
            check_code(transaction, found, self.versions)

    def _replay(self, transaction: Transaction, action: Action, place: Place) -> None:
        """A call that counts, again by the rules; and go on from what it wrote."""
        if action.is_ours:
            wrote: Writes = {}
            with self.report.checking("records", place):
                wrote = read_writes(action)
                check_call(transaction, self.world, wrote)
            self.world.apply(wrote)
            for key, record in wrote.items():
                if key[0] == "deposit":
                    with self.report.checking("treasurers", place):
                        self._note_deposit(record)
        self.versions.apply(transaction)

    def _note_deposit(self, record: Record) -> None:
        """Whose treasurer made how much; raise `Broken` if the auditor does not accept it."""
        msp, unit, amount = record["treasurer_msp"], record["unit"], record["amount"]
        self.report.deposits[msp, unit] += amount
        accepted = not self.treasurers or msp in self.treasurers
        names = ", ".join(sorted(self.treasurers))
        text = f"a treasurer of {msp} paid in {amount} {unit}, not of {names}"
        require(accepted, text)

    def check_task(self, *, deep: bool) -> None:
        """What the chain says of the task in the end, and the bytes that it names."""
        with self.report.checking("task", Place()):
            id_ = self.report.task
            known = sorted(key[1] for key in self.world.records if key[:-1] == ("task",))
            text = f"the blocks do not know task {id_}{did_you_mean(id_, known)}"
            require(id_ in known, text)
            task = Task(self.world, id_)
            self.report.state = task.state
            check_artifacts(self.report, self.bundle, task)
            if deep:
                from weftwork.audit.deep import recompute

                recompute(self.report, self.bundle, task)
