"""hfc's Fabric CA client, brought up to the current Fabric CA.

hfc 1.0.0 signs a token that a current CA refuses, sets no time-out, leaves the CA's name out of
some requests, and reports every failure as `ValueError`. `Transport` replaces the parts of
`CAClient` that send requests and keeps the rest: paths, bodies and the reading of replies.
"""

import base64
import json
import logging
import time
from pathlib import Path
from typing import Any

import requests
import urllib3.exceptions
from hfc.fabric_ca.caservice import DEFAULT_CA_BASE_URL, CAClient
from requests.auth import HTTPBasicAuth

from weftwork.identity import errors
from weftwork.identity.enrolment import Enrolment

# At DEBUG hfc writes every reply, the secret of a registration among them.
logging.getLogger("hfc.fabric_ca").setLevel(logging.INFO)

# Far above a CRL of 10,000 certificates, far below what would hurt.
MAX_REPLY_BYTES = 16 << 20
_BLOCK = 64 << 10

# The body is read from urllib3 directly (see `_exchange`), which has its own errors.
_TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)
_FAILURES = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError)

Reply = tuple[dict[str, Any], int]


class Transport(CAClient):  # type: ignore[misc] # hfc ships no types
    """Sends requests to one CA over TLS verified by `tls_roots`; `timeout` in seconds."""

    def __init__(self, url: str, name: str, tls_roots: Path, timeout: float) -> None:
        super().__init__(url, str(tls_roots), ca_name=name)
        self._url = url
        self._roots = tls_roots
        self._timeout = timeout
        self._session = requests.Session()
        # No proxy, no .netrc (it would replace the token), no bundle from the environment.
        self._session.trust_env = False

    def generateAuthToken(self, req: object, registrar: Enrolment) -> Enrolment:  # noqa: N802 # hfc's name
        """Who signs; the token itself also covers method and path, which only `_send` knows."""
        return registrar

    def _send_ca_post(self, path: str, **parameters: Any) -> Reply:
        return self._send("POST", path, **parameters)

    def _send_ca_get(self, path: str, **parameters: Any) -> Reply:
        return self._send("GET", path, **parameters)

    def _send_ca_delete(self, path: str, **parameters: Any) -> Reply:
        return self._send("DELETE", path, **parameters)

    def _send_ca_update(self, path: str, **parameters: Any) -> Reply:
        return self._send("PUT", path, **parameters)

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: dict[str, Any] | None = None,
        headers: dict[str, Enrolment] | None = None,
        auth: tuple[str, str] | None = None,
        verify: str,
    ) -> Reply:
        """Send once and read the reply; raise the typed error for every failure."""
        body = self._body(json)
        token = {}
        if headers is not None:
            uri = DEFAULT_CA_BASE_URL + path
            token["Authorization"] = self._token(headers["Authorization"], method, uri, body)
        try:
            status, raw = self._exchange(method, path, body, token, auth, verify)
        except requests.exceptions.SSLError as error:
            raise errors.AuthorityUntrustedError(
                f"{self._url}: its certificate is not trusted by {self._roots}: {_cause(error)}"
            ) from error
        except _TIMEOUTS as error:
            raise errors.AuthorityTimeoutError(
                f"{self._url}: no answer to {path} within {self._timeout:g} s"
            ) from error
        except _FAILURES as error:
            raise errors.AuthorityUnreachableError(
                f"{self._url}: cannot be reached: {_cause(error)}"
            ) from error
        return self._read(path, status, raw), status

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
        verify: str,
    ) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._timeout
        with self._session.request(
            method,
            self._base_url + path,
            data=body,
            headers=headers,
            auth=_basic(*auth) if auth else None,
            verify=verify,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            raw = bytearray()
            # Not `iter_content`: it waits until a block is full, so a trickle would never time out.
            while block := response.raw.read1(_BLOCK):
                raw += block
                if len(raw) > MAX_REPLY_BYTES:
                    raise errors.AuthorityUnreachableError(
                        f"{self._url}: the reply to {path} is larger than {MAX_REPLY_BYTES} bytes"
                    )
                if time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout
            return response.status_code, bytes(raw)

    def _body(self, fields: dict[str, Any] | None) -> bytes:
        if fields is None:
            return b""
        if self._ca_name:
            fields = {"caname": self._ca_name, **fields}
        return json.dumps(fields).encode()

    def _token(self, signer: Enrolment, method: str, uri: str, body: bytes) -> str:
        certificate = _b64(signer.certificate)
        text = f"{method}.{_b64(uri.encode())}.{_b64(body)}.{certificate}"
        signature = self._cryptoPrimitives.sign(signer.key, text.encode())
        return f"{certificate}.{_b64(signature)}"

    def _read(self, path: str, status: int, raw: bytes) -> dict[str, Any]:
        try:
            reply = json.loads(raw)
            if reply["success"]:
                return dict(reply)
            first = reply["errors"][0]
            code, message = str(first["code"]), str(first["message"])
        except (ValueError, TypeError, LookupError) as error:
            raise errors.AuthorityUnreachableError(
                f"{self._url}: the reply to {path} (HTTP {status}) is not a Fabric CA's"
            ) from error
        raise errors.refusal(code, f"{self._url}: {path} refused: {message} (code {code})")


def _basic(name: str, secret: str) -> HTTPBasicAuth:
    """Text would be sent as Latin-1; the CA reads UTF-8."""
    return HTTPBasicAuth(name.encode(), secret.encode())


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _cause(error: BaseException) -> str:
    """The innermost reason, without the retry machinery wrapped around it."""
    inner = error.args[0] if error.args else error
    while isinstance(reason := getattr(inner, "reason", None), BaseException):
        inner = reason
    return str(inner)
