"""Downloads: only what was configured, verified before it is there, bounded in size and time."""

import hashlib
import os
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.unit.artifacts.authority import Authority
from weftwork import downloads
from weftwork.downloads import Bounds, fetch, resolved
from weftwork.errors import (
    ConfigError,
    ConnectionFailedError,
    DataError,
    DeadlineError,
    IntegrityError,
    NotFoundError,
    WeftworkError,
)
from weftwork.learning.data import Csv, Download, Idx, Schema, load

CONTENT = b"pressure,state\n1,0\n2,1\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
LOCAL = Bounds(loopback=True)


class Site(ThreadingHTTPServer):
    """Answers by path, and counts what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up early is what some tests are about."""

    def download(self, path: str, **more: object) -> Download:
        url = f"http://127.0.0.1:{self.server_port}/{path}"
        return Download.model_validate({"url": url, "sha256": DIGEST} | more)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.asked.append(self.path)
        match self.path.partition("?")[0].split("/")[1:]:
            case ["moved", *where]:
                self._send(302, b"", "/".join(["", *where]))
            case ["elsewhere"]:
                self._send(301, b"", "http://example.org/pumps.csv")
            case ["round"]:
                self._send(307, b"", "/round")
            case ["gone", *_]:
                self._send(404, b"")
            case ["broken", *_]:
                self._send(500, b"")
            case ["long"]:
                self._send(200, CONTENT * 1000)
            case ["slow"]:
                self._send(200, CONTENT, pause=0.05)
            case ["short"]:
                self._send(200, CONTENT, announced=len(CONTENT) + 1)
            case _:
                self._send(200, CONTENT)

    def _send(
        self, status: int, content: bytes, location: str = "", pause: float = 0, announced: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(announced or len(content)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        for start in range(0, len(content), len(content) if not pause else 1):
            self.wfile.write(content[start:] if not pause else content[start : start + 1])
            time.sleep(pause)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        site.shutdown()
        thread.join()


def test_a_file_is_fetched_once(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    path = fetch(site.download("sets/pumps.csv?token=secret"), folder, LOCAL)
    assert path.read_bytes() == CONTENT
    assert path.name == f"{DIGEST}-pumps.csv"
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o400)
    assert fetch(site.download("sets/pumps.csv"), folder, LOCAL) == path
    assert site.asked == ["/sets/pumps.csv?token=secret"]


def test_a_redirection_is_followed(site: Site, tmp_path: Path) -> None:
    path = fetch(site.download("moved/moved/pumps.csv"), tmp_path, LOCAL)
    assert path.read_bytes() == CONTENT


def test_a_source_is_read_from_what_was_fetched(site: Site, tmp_path: Path) -> None:
    source = Csv(kind="csv", download=site.download("pumps.csv"), label="state")
    schema = Schema.model_validate({"features": {"shape": [1]}, "labels": {"classes": 2}})
    with pytest.raises(DataError, match="has not been fetched yet"):
        load(source, schema)
    local = resolved(source, tmp_path, LOCAL)
    assert load(local, schema).y.tolist() == [0, 1]
    assert isinstance(local, Csv)
    assert local.model_copy(update={"path": None, "download": source.download}) == source
    assert resolved(local, tmp_path, LOCAL) is local


def test_both_files_of_an_idx_source_are_fetched(site: Site, tmp_path: Path) -> None:
    wanted = {"images": site.download("images.gz"), "labels": site.download("labels.gz")}
    source = resolved(Idx.model_validate({"kind": "idx", "download": wanted}), tmp_path, LOCAL)
    assert isinstance(source, Idx)
    assert [path and path.name[65:] for path in (source.images, source.labels)] == [
        "images.gz",
        "labels.gz",
    ]
    only = Idx.model_validate({"kind": "idx", "download": {"images": wanted["images"]}})
    found = resolved(only, tmp_path, LOCAL)
    assert isinstance(found, Idx)
    assert found.labels is None


@pytest.mark.parametrize(
    ("path", "more", "kind", "problem"),
    [
        ("pumps.csv", {"sha256": "0" * 64}, IntegrityError, f"has SHA-256 {DIGEST}, 000"),
        ("pumps.csv", {"bytes": 22}, IntegrityError, "has more than 22 bytes"),
        ("pumps.csv", {"bytes": 24}, IntegrityError, "has 23 bytes, 24 expected"),
        ("long", {}, IntegrityError, "has more than 1,000 bytes"),
        ("slow", {}, DeadlineError, r"not whole in 0\.3 s"),
        ("short", {}, ConnectionFailedError, "cannot be fetched: .*closed"),
        ("gone/x", {}, NotFoundError, "gone/x: answers 404 Not Found"),
        ("broken?token=secret", {}, ConnectionFailedError, "broken: answers 500 Internal"),
        ("round", {}, ConnectionFailedError, "round: redirects more than 5 times"),
        ("elsewhere", {}, ConfigError, r"http://example\.org/pumps\.csv: only https:// is fetched"),
    ],
)
def test_what_is_wrong_leaves_nothing(
    site: Site,
    tmp_path: Path,
    path: str,
    more: dict[str, object],
    kind: type[WeftworkError],
    problem: str,
) -> None:
    bounds = Bounds(size=1000, seconds=0.3, loopback=True)
    with pytest.raises(kind, match=problem) as caught:
        fetch(site.download(path, **more), tmp_path / "d", bounds)
    assert "secret" not in str(caught.value)
    assert list((tmp_path / "d").iterdir()) == []


def test_nobody_answers(tmp_path: Path) -> None:
    with Site() as site:
        download = site.download("pumps.csv")
    with pytest.raises(ConnectionFailedError, match=r"cannot be fetched: .*refused"):
        fetch(download, tmp_path, LOCAL)


def test_who_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SILENCE_SECONDS", 0.1)
    with Site() as site, pytest.raises(DeadlineError, match=r"said nothing for 0\.1 s"):
        fetch(site.download("pumps.csv"), tmp_path, LOCAL)


def test_plain_http_is_for_tests_only(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only https:// is fetched"):
        fetch(site.download("pumps.csv"), tmp_path)
    assert site.asked == []


def test_a_server_that_is_not_trusted(site: Site, tmp_path: Path) -> None:
    pair = Authority("Org1MSP", tmp_path).tls("site")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    url = f"https://127.0.0.1:{site.server_port}/pumps.csv"
    with pytest.raises(ConnectionFailedError, match="certificate verify failed"):
        fetch(Download(url=url, sha256=DIGEST), tmp_path / "d", LOCAL)


def test_what_a_crash_left_is_removed_later(site: Site, tmp_path: Path) -> None:
    old, new = tmp_path / ".old", tmp_path / ".new"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    fetch(site.download("pumps.csv"), tmp_path, LOCAL)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a.csv",
        "http://127.0.0.2/a.csv",
        "ftp://example.org/a.csv",
        "file:///etc/passwd",
        "https:///a.csv",
        "https://name:word@example.org/a.csv",
        "a.csv",
    ],
)
def test_a_url_that_is_never_fetched(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        Download(url=url, sha256=DIGEST)


A_DOWNLOAD = {"url": "https://example.org/a", "sha256": DIGEST}


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        (Csv, {"kind": "csv"}),
        (Csv, {"kind": "csv", "path": "a", "download": A_DOWNLOAD}),
        (Idx, {"kind": "idx"}),
        (Idx, {"kind": "idx", "images": "a", "download": {"images": A_DOWNLOAD}}),
        (Idx, {"kind": "idx", "labels": "a", "download": {"images": A_DOWNLOAD}}),
    ],
)
def test_a_source_has_one_place(kind: type[Csv | Idx], source: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"one of them is needed|where to get them"):
        kind.model_validate(source)
