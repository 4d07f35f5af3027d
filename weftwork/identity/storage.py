"""Identities on disk: the MSP layout that Fabric reads, and the pair that TLS uses.

    FOLDER/msp/signcerts/cert.pem   keystore/key.pem   cacerts/ca.pem
    FOLDER/tls/cert.pem             key.pem            ca.pem

Each of `msp` and `tls` is staged in a private folder and put in place whole, so that key and
certificate always belong together, whenever the process dies. Folders are 0700 and keys 0600 from
the moment they exist. Other files in the folder (an MSP's `config.yaml`) are kept.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from weftwork.errors import ConfigError
from weftwork.files import faults, write_private
from weftwork.identity.enrolment import Enrolment
from weftwork.pem import load_private_key, read_pem

_MSP = {"certificate": "signcerts/cert.pem", "key": "keystore/key.pem", "chain": "cacerts/ca.pem"}
_TLS = {"certificate": "cert.pem", "key": "key.pem", "chain": "ca.pem"}


def write_identity(folder: Path, enrolment: Enrolment, *, tls: Enrolment | None = None) -> None:
    """Write `FOLDER/msp`, and `FOLDER/tls` where there is a TLS enrolment."""
    write_msp(folder / "msp", enrolment)
    if tls is not None:
        write_tls(folder / "tls", tls)


def write_msp(folder: Path, enrolment: Enrolment) -> None:
    """Write an enrolment in the layout of a Fabric MSP, replacing an older one as a whole."""
    _write(folder, _MSP, enrolment)


def write_tls(folder: Path, enrolment: Enrolment) -> None:
    """Write a TLS enrolment, replacing an older one as a whole."""
    _write(folder, _TLS, enrolment)


def load_msp(folder: Path) -> Enrolment:
    """The enrolment in an MSP folder. Raises `ConfigError` or `CertificateMismatchError`."""
    return _load(folder, _MSP)


def load_tls(folder: Path) -> Enrolment:
    """The TLS enrolment in `folder`. Raises `ConfigError` or `CertificateMismatchError`."""
    return _load(folder, _TLS)


def _write(folder: Path, layout: Mapping[str, str], enrolment: Enrolment) -> None:
    content = {
        "certificate": enrolment.certificate,
        "key": enrolment.key_pem,
        "chain": enrolment.chain,
    }
    with faults(folder):
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _recover(folder)
        staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.new."))  # 0700
        try:
            if folder.exists():
                shutil.copytree(folder, staging, dirs_exist_ok=True)
            for part, data in content.items():
                path = staging / layout[part]
                path.parent.mkdir(exist_ok=True, mode=0o700)
                write_private(path, data)
            _swap(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _swap(staging: Path, folder: Path) -> None:
    if folder.exists():
        folder.rename(_aside(folder))
    staging.rename(folder)
    shutil.rmtree(_aside(folder), ignore_errors=True)


def _recover(folder: Path) -> None:
    """Undo or finish what a killed write left: one process writes an identity at a time."""
    aside = _aside(folder)
    if not folder.exists() and aside.exists():
        aside.rename(folder)
    for leftover in (aside, *folder.parent.glob(f".{folder.name}.new.*")):
        shutil.rmtree(leftover, ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _load(folder: Path, layout: Mapping[str, str]) -> Enrolment:
    # A write that was interrupted between its two renames has left the old pair aside.
    folder = folder if folder.exists() or not _aside(folder).exists() else _aside(folder)
    key = load_private_key(folder / layout["key"])
    path = folder / layout["certificate"]
    try:
        return Enrolment(key, read_pem(path), read_pem(folder / layout["chain"]))
    except ValueError as error:
        raise ConfigError(f"{path}: not a certificate (PEM)") from error
