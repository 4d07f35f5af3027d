"""Headers and versions of blocks, by hand."""

import hashlib

import pytest

from weftwork.audit.blocks import Block, parse_block
from weftwork.audit.chain import check_chain
from weftwork.audit.findings import Broken

DATA = b"one transaction"


def block(number: int, previous: bytes = b"", data: bytes = DATA) -> Block:
    return Block(number, previous, hashlib.sha256(data).digest(), (data,), b"", b"")


def test_a_header_is_a_der_sequence() -> None:
    header = Block(300, b"\1\2", b"\3", (), b"", b"").header
    assert header.hex() == "300b0202012c04020102040103"


def test_a_number_with_its_highest_bit_stays_positive() -> None:
    assert Block(200, b"", b"", (), b"", b"").header.hex() == "3008020200c804000400"


def test_a_chain_is_unbroken() -> None:
    first = block(0)
    check_chain(first, 0, None)
    check_chain(block(1, first.hash), 1, first)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (block(2, block(0).hash), "block 2"),
        (block(1, b"x"), "previous_hash is 78"),
        (Block(1, block(0).hash, b"x", (DATA,), b"", b""), "data_hash is 78"),
    ],
)
def test_a_broken_chain_is_found(changed: Block, words: str) -> None:
    with pytest.raises(Broken, match=words):
        check_chain(changed, 1, block(0))


def test_what_is_no_block_is_said_to_be_none() -> None:
    with pytest.raises(Broken, match="this is no block"):
        parse_block(b"\xff\xff")
