"""A secret, and the keys that follow from it."""

from weftwork.learning.privacy.secret import derived, drawn, identity


def test_no_two_secrets_are_alike() -> None:
    secrets = {drawn() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(one) for one in secrets} == {32}


def test_each_use_has_a_key_of_its_own() -> None:
    uses: list[tuple[str | int, ...]] = [(), ("a",), ("a", 1), ("a", "1"), ("a", 11), ("a\n1",)]
    keys = {derived(secret, *use) for secret in (bytes(32), b"\1" * 32) for use in uses}
    assert len(keys) == 2 * len(uses)
    assert all(len(key) == 32 for key in keys)


def test_a_key_never_changes() -> None:
    """A round that is resumed by a later version draws the same noise."""
    assert derived(bytes(32), "epoch", 3).hex() == (
        "bfc435b6662e4b4c8a280ecff7563a593f4adb0b693d54ec94b250e3c72df35e"
    )


def test_the_name_of_a_secret_does_not_contain_it() -> None:
    secret = bytes(range(32))
    assert identity(secret) == identity(secret) != identity(bytes(32))
    assert identity(secret) not in secret.hex()
    assert derived(secret, "identity").hex() != identity(secret)
