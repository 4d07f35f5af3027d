"""Fetches the files that a source's owner configured, by URL and SHA-256. Nothing else is fetched.

A file is kept in a folder under its digest, and appears there only after it was verified.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from weftwork.errors import (
    ConfigError,
    ConnectionFailedError,
    DeadlineError,
    IntegrityError,
    NotFoundError,
    WeftworkError,
)
from weftwork.files import faults, sync_folder
from weftwork.learning.data import Download, Idx, Source
from weftwork.learning.data.sources import FileSource

__all__ = ["Bounds", "fetch", "resolved"]

CHUNK_BYTES = 1 << 20
MAX_REDIRECTS = 5
SILENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Bounds:
    """How much a download may take. `loopback` allows plain HTTP from 127.0.0.1, for tests."""

    size: int = 64 << 30
    seconds: float = 3600.0
    loopback: bool = False


USUAL = Bounds()


def resolved(source: Source, folder: Path, bounds: Bounds = USUAL) -> Source:
    """`source` with the paths of its files; those to be downloaded are, unless they are there.

    Blocks. Raises what `fetch` does.
    """
    match source:
        case Idx() if source.download is not None:
            wanted = source.download
            images = fetch(wanted.images, folder, bounds)
            labels = fetch(wanted.labels, folder, bounds) if wanted.labels else None
            return source.model_copy(update={"images": images, "labels": labels, "download": None})
        case FileSource() if source.download is not None:
            path = fetch(source.download, folder, bounds)
            return source.model_copy(update={"path": path, "download": None})
        case _:
            return source


def fetch(download: Download, folder: Path, bounds: Bounds = USUAL) -> Path:
    """The file in `folder` (made if absent, mode 0700), fetched if it is not there.

    Raises `ConnectionFailedError`, `NotFoundError`, `IntegrityError` (another size or digest),
    `DeadlineError` or `EnvironmentFaultError`; then nothing is there.
    """
    target = folder / f"{download.sha256}-{_name(download.url)}"
    if target.is_file():
        return target
    with faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_abandoned(folder, bounds.seconds)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            _receive(download, file, folder, bounds)
            with faults(folder):
                file.flush()
                os.fchmod(file.fileno(), 0o400)
                os.fsync(file.fileno())
        with faults(folder):
            Path(name).replace(target)
            sync_folder(folder)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def _name(url: str) -> str:
    """The file's own name, for messages and for those who read by the name's ending."""
    name = httpx.URL(url).path.rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[-100:] or "file"


def _remove_abandoned(folder: Path, seconds: float) -> None:
    """What another download cannot be writing any more: it would have been given up."""
    for path in folder.glob(".*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - 2 * seconds:
                path.unlink()


def _receive(download: Download, file: BinaryIO, folder: Path, bounds: Bounds) -> None:
    """Write what the URL gives into `file`, if it is what it should be."""
    end = time.monotonic() + bounds.seconds
    digest = hashlib.sha256()
    size = 0
    limit = download.bytes or bounds.size
    with _answer(download.url, bounds) as response:
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > limit:
                raise IntegrityError(f"{_shown(download.url)}: has more than {limit:,} bytes")
            if time.monotonic() > end:
                raise DeadlineError(f"{_shown(download.url)}: not whole in {bounds.seconds:g} s")
            digest.update(chunk)
            with faults(folder):
                file.write(chunk)
    if download.bytes is not None and size != download.bytes:
        raise IntegrityError(
            f"{_shown(download.url)}: has {size:,} bytes, {download.bytes:,} expected"
        )
    if digest.hexdigest() != download.sha256:
        raise IntegrityError(
            f"{_shown(download.url)}: has SHA-256 {digest.hexdigest()}, {download.sha256} expected"
        )


@contextmanager
def _answer(url: str, bounds: Bounds) -> Iterator[httpx.Response]:
    """The answer to GET, after at most some redirections, each as safe as the first."""
    first = _shown(url)
    try:
        with httpx.Client(
            timeout=SILENCE_SECONDS,
            headers={"Accept-Encoding": "identity"},
            trust_env=not bounds.loopback,
        ) as client:
            for _ in range(1 + MAX_REDIRECTS):
                _check_scheme(url, bounds)
                with client.stream("GET", url) as response:
                    if response.next_request is None:
                        _check_status(response, first)
                        yield response
                        return
                    url = str(response.next_request.url)
        raise ConnectionFailedError(f"{first}: redirects more than {MAX_REDIRECTS} times")
    except httpx.TimeoutException as error:
        raise DeadlineError(f"{first}: said nothing for {SILENCE_SECONDS:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionFailedError(f"{first}: cannot be fetched: {error}") from error


def _check_scheme(url: str, bounds: Bounds) -> None:
    parts = httpx.URL(url)
    local = bounds.loopback and parts.scheme == "http" and parts.host == "127.0.0.1"
    if not (parts.scheme == "https" or local):
        raise ConfigError(f"{_shown(url)}: only https:// is fetched")


def _check_status(response: httpx.Response, first: str) -> None:
    if response.status_code != httpx.codes.OK:
        kind: type[WeftworkError] = (
            NotFoundError
            if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}
            else ConnectionFailedError
        )
        answer = f"{response.status_code} {response.reason_phrase}".strip()
        raise kind(f"{first}: answers {answer}")


def _shown(url: str) -> str:
    """The URL without its query, which may hold a secret."""
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}{parts.path}"
