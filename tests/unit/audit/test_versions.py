"""Which transactions count, whatever the exporting peer says."""

import pytest

from weftwork.audit.blocks import Action, Signer, Transaction, Version
from weftwork.audit.findings import Broken
from weftwork.audit.versions import CONFLICT, VALID, Versions

KEY = ("weftwork", "one")


def transaction(at: Version, read: Version | None, code: int = VALID) -> Transaction:
    """One that reads a version of the key, and writes it."""
    action = Action("weftwork", (), ((KEY, read),), ((KEY, b"{}"),), 0, b"", (), True)
    nobody = Signer(b"", "", b"")
    name = f"tx{at}"
    return Transaction(*at, code, "weftwork", 3, name, 0, nobody, b"", b"", b"", action)


def test_a_transaction_counts_where_what_it_read_is_still_there() -> None:
    versions = Versions()
    for one in (transaction((1, 0), None), transaction((1, 1), (1, 0))):
        versions.check(one)
        versions.apply(one)
    versions.check(transaction((2, 0), (1, 0), CONFLICT))


def test_a_code_that_does_not_follow_is_found() -> None:
    versions = Versions()
    versions.apply(transaction((1, 0), None))
    with pytest.raises(Broken, match="noted as valid, but what it read had changed"):
        versions.check(transaction((1, 1), None))
    with pytest.raises(Broken, match="noted as overtaken, but nothing that it read"):
        versions.check(transaction((1, 2), (1, 0), CONFLICT))


def test_no_transaction_counts_twice() -> None:
    versions = Versions()
    versions.check(transaction((1, 0), None))
    with pytest.raises(Broken, match="a transaction of this id was valid before"):
        versions.check(transaction((1, 0), None))
