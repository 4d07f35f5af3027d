"""What the client says when the server cannot be reached, is not trusted, is slow, or no CA."""

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.contract.identity.fabric_ca import Server, free_port
from weftwork.errors import ConfigError, ConnectionFailedError, DeadlineError
from weftwork.identity import CertificateAuthority
from weftwork.identity import transport as transport_module
from weftwork.identity.enrolment import Enrolment
from weftwork.identity.errors import (
    AuthorityRefusedError,
    AuthorityTimeoutError,
    AuthorityUnreachableError,
    AuthorityUntrustedError,
    CertificateMismatchError,
)


def ask(url: str, tls_roots: Path, timeout: float = 5) -> None:
    CertificateAuthority(url, "ca-test", tls_roots, timeout).enroll("registrar", "x")


def test_nobody_listens(server: Server) -> None:
    with pytest.raises(AuthorityUnreachableError, match="Connection refused") as failure:
        ask(f"https://localhost:{free_port()}", server.tls_roots)
    assert failure.value.exit_code == ConnectionFailedError.exit_code


def test_a_name_that_does_not_resolve(server: Server) -> None:
    with pytest.raises(AuthorityUnreachableError, match=r"ca\.invalid"):
        ask("https://ca.invalid:7054", server.tls_roots)


def test_another_root_is_not_trusted(server: Server, registrar: Enrolment, tmp_path: Path) -> None:
    foreign = tmp_path / "ca.pem"
    foreign.write_bytes(registrar.certificate)
    with pytest.raises(AuthorityUntrustedError, match="certificate verify failed"):
        ask(server.url, foreign)


def test_the_environment_cannot_replace_the_roots(
    server: Server, registrar: Enrolment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "ca.pem"
    foreign.write_bytes(registrar.certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.tls_roots))
    monkeypatch.setenv("HTTPS_PROXY", f"http://localhost:{free_port()}")
    with pytest.raises(AuthorityUntrustedError):
        ask(server.url, foreign)


def test_another_host_name_is_not_trusted(server: Server) -> None:
    # The certificate names localhost and 127.0.0.1; this address reaches the same server.
    url = server.url.replace("localhost", "127.1")
    with pytest.raises(AuthorityUntrustedError, match="127"):
        ask(url, server.tls_roots)


def test_another_ca_on_the_server_is_refused(server: Server) -> None:
    with pytest.raises(AuthorityRefusedError, match="'other' does not exist") as refused:
        CertificateAuthority(server.url, "other", server.tls_roots).enroll("registrar", "x")
    assert refused.value.code == "19"


@pytest.mark.parametrize(
    ("url", "roots"), [("http://localhost:1", "ca-cert.pem"), ("https://localhost:1", "nothing")]
)
def test_mistakes_in_the_configuration(server: Server, url: str, roots: str) -> None:
    with pytest.raises(ConfigError):
        CertificateAuthority(url, "ca-test", server.folder / roots)


@contextmanager
def listener(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on a free port whose connections `serve` handles, one thread each."""
    with socket.create_server(("127.0.0.1", 0)) as accepting:

        def accept() -> None:
            while True:
                try:
                    connection, _ = accepting.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with closing(connection):
                try:
                    serve(connection)
                except OSError:
                    return  # the client hung up, as it should

        threading.Thread(target=accept, daemon=True).start()
        yield f"https://localhost:{accepting.getsockname()[1]}"
        accepting.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def speaking(server: Server, ca: CertificateAuthority) -> Callable[..., Callable[..., None]]:
    """A handler that speaks TLS with the CA's own certificate, then HTTP of the test's choice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = tls_key(server.folder)
    context.load_cert_chain(server.folder / "tls-cert.pem", key)

    def handler(write: Callable[[ssl.SSLSocket], None]) -> Callable[[socket.socket], None]:
        def serve(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secure:
                request = b""
                while not request.endswith(b"}"):  # the JSON of an enrolment
                    request += secure.recv(1 << 16)
                write(secure)

        return serve

    return handler


def tls_key(folder: Path) -> Path:
    """The CA keeps its TLS key under a hash's name, beside its other keys."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for path in (folder / "msp/keystore").glob("*_sk"):
        try:
            context.load_cert_chain(folder / "tls-cert.pem", path)
        except ssl.SSLError:
            continue
        return path
    raise AssertionError("no key for tls-cert.pem")


def test_a_server_that_never_answers(server: Server) -> None:
    started = time.monotonic()
    with (
        listener(lambda _: time.sleep(5)) as url,
        pytest.raises(AuthorityTimeoutError, match=r"within 0\.5 s") as late,
    ):
        ask(url, server.tls_roots, timeout=0.5)
    assert time.monotonic() - started < 3
    assert late.value.exit_code == DeadlineError.exit_code


def test_a_server_that_answers_a_byte_at_a_time(
    server: Server, speaking: Callable[..., Callable[..., None]]
) -> None:
    def drip(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            secure.sendall(b" ")
            time.sleep(0.1)

    started = time.monotonic()
    with listener(speaking(drip)) as url, pytest.raises(AuthorityTimeoutError):
        ask(url, server.tls_roots, timeout=0.5)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"success": false, "errors": []}',
        b"",
        b'{"success": true}',
        b'{"success": true, "result": null}',
        b'{"success": true, "result": {"ServerInfo": {"CAChain": ""}}}',
        b'{"success": true, "result": {"Cert": 1, "ServerInfo": {"CAChain": ""}}}',
        b'{"success": true, "result": {"Cert": "\xc3\xa4", "ServerInfo": {"CAChain": ""}}}',
    ],
)
def test_a_server_that_is_no_ca(
    server: Server, speaking: Callable[..., Callable[..., None]], body: bytes
) -> None:
    def write(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with (
        listener(speaking(write)) as url,
        pytest.raises(AuthorityUnreachableError, match="not a Fabric CA"),
    ):
        ask(url, server.tls_roots)


def test_a_certificate_for_another_key_is_not_accepted(
    server: Server, registrar: Enrolment, speaking: Callable[..., Callable[..., None]]
) -> None:
    chain = {"CAChain": base64.b64encode(registrar.chain).decode()}
    answer = {"Cert": base64.b64encode(registrar.certificate).decode(), "ServerInfo": chain}
    body = json.dumps({"success": True, "result": answer, "errors": []}).encode()

    def write(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"HTTP/1.1 201 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with listener(speaking(write)) as url, pytest.raises(CertificateMismatchError):
        ask(url, server.tls_roots)


def test_a_reply_without_end_is_cut(
    server: Server,
    speaking: Callable[..., Callable[..., None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport_module, "MAX_REPLY_BYTES", 1 << 16)

    def write(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            secure.sendall(b" " * 10000)

    with (
        listener(speaking(write)) as url,
        pytest.raises(AuthorityUnreachableError, match="larger than"),
    ):
        ask(url, server.tls_roots)
