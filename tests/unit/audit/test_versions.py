"""Which transactions count, whatever the exporting peer says."""

from dataclasses import replace

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


def test_an_id_counts_once_in_a_block_and_for_good_after_it() -> None:
    versions = Versions()
    first, same, later = (
        replace(transaction((1, 0), None), index=at, block=block)
        for block, at in ((1, 0), (1, 1), (2, 0))
    )
    versions.note(first, accepted=False)
    assert (versions.before(same), versions.beside(same)) == (False, False)
    versions.note(same, accepted=True)
    assert (versions.before(same), versions.beside(same)) == (False, True)
    assert (versions.before(later), versions.beside(later)) == (True, False)
