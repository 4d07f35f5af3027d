import pytest

from weftwork.ledger.unreachable import explain


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Ssl handshake failed: CERTIFICATE_VERIFY_FAILED: self signed", "TLS roots"),
        ("Peer name elsewhere is not in peer certificate", "server_name"),
        ("Secure read failed", "client's TLS certificate"),
        ("connect: Connection refused (111)", "is the peer running?"),
    ],
)
def test_the_reason_comes_first(message: str, reason: str) -> None:
    explained = explain("peer:7051", message)
    assert explained.startswith("peer:7051 cannot be reached: ")
    assert reason in explained
    assert explained.endswith(f"({message})")


def test_the_gateway_s_own_words_stay() -> None:
    assert explain("peer:7051", "no orderer nodes available") == "no orderer nodes available"
