import pytest

from tests.unit.ledger.certificates import new_key, self_signed
from weftwork.ledger import GatewayError, Identity, TlsOptions, sign_with
from weftwork.ledger.blocking import Gateway


def gateway() -> Gateway:
    key = new_key()
    certificate = self_signed(key)
    return Gateway(
        "localhost:1",
        identity=Identity("OrgMSP", certificate),
        signer=sign_with(key),
        tls=TlsOptions(certificate),
    )


def test_closing_twice_is_harmless() -> None:
    with gateway() as closed:
        closed.close()
    closed.close()


def test_nothing_is_called_after_closing() -> None:
    with gateway() as closed:
        network = closed.network("channel")
    with pytest.raises(GatewayError, match="the gateway is closed"):
        network.contract("basic").evaluate("Get", "key")
    with pytest.raises(GatewayError, match="the gateway is closed"):
        network.block_events()
