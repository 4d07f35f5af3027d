"""The store on disk: whole or not at all, private, shared, honest about a full disk."""

import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weftwork.artifacts import Artifact, Store
from weftwork.errors import EnvironmentFaultError, IntegrityError, NotFoundError

ABSENT = "0" * 64


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def incoming(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "store/incoming").iterdir())


@settings(deadline=None, max_examples=30)  # each syncs the disk
@given(content=st.binary(max_size=3000))
def test_what_is_put_comes_back_under_its_digest(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    artifact = store.put(BytesIO(content))
    assert artifact == Artifact(digest=hashlib.sha256(content).hexdigest(), size=len(content))
    assert store.has(artifact.digest)
    assert store.get(artifact.digest) == artifact
    with store.open(artifact.digest) as file:
        assert file.read() == content


def test_putting_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    first = store.put(BytesIO(b"weights"))
    assert store.put(BytesIO(b"weights")) == first
    assert list(store.list()) == [first]
    assert not incoming(tmp_path)


def test_everything_is_private(store: Store, tmp_path: Path) -> None:
    mask = os.umask(0)  # the mask must not be what keeps others out
    try:
        store = Store(tmp_path / "store")
        store.put(BytesIO(b"weights"))
        with store.receive() as writing:
            writing.write(b"half")
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    finally:
        os.umask(mask)
    assert len(modes) == 6  # store, sha256, a shelf, the artifact, incoming, what is being written
    for path, mode in modes.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_what_is_not_there(store: Store) -> None:
    assert not store.has(ABSENT)
    for look in (store.open, store.get):
        with pytest.raises(NotFoundError, match=ABSENT):
            look(ABSENT)
    store.remove(ABSENT)


@pytest.mark.parametrize("digest", ["", "abc", "A" * 64, "../" * 21 + "x", ABSENT + "\n", "0" * 65])
def test_a_digest_is_no_path(store: Store, digest: str) -> None:
    for call in (store.path, store.has, store.open, store.get, store.remove):
        with pytest.raises(ValueError, match="not a SHA-256 digest"):
            call(digest)


def test_listing_and_removal(store: Store) -> None:
    artifacts = [store.put(BytesIO(bytes(size))) for size in (0, 10, 300)]
    assert sorted(store.list(), key=lambda artifact: artifact.size) == artifacts
    store.remove(artifacts[1].digest)
    assert not store.has(artifacts[1].digest)
    assert len(list(store.list())) == 2


def test_an_artifact_is_not_visible_before_it_is_whole(store: Store, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    with store.receive() as writing:
        writing.write(b"weig")
        assert not store.has(digest)
        writing.write(b"hts")
        assert not store.has(digest)
        writing.commit()
        assert store.has(digest)
    assert not incoming(tmp_path)


def test_what_is_not_committed_is_dropped(store: Store, tmp_path: Path) -> None:
    with store.receive() as writing:
        writing.write(b"weights")
    assert not incoming(tmp_path)
    assert not list(store.list())


@pytest.mark.parametrize(("content", "size"), [(b"other..", 7), (b"weight", 7), (b"weights", 8)])
def test_what_is_expected_is_checked(
    store: Store, tmp_path: Path, content: bytes, size: int
) -> None:
    expected = Artifact(digest=hashlib.sha256(b"weights").hexdigest(), size=size)
    with store.receive(expected) as writing:
        writing.write(content)
        with pytest.raises(IntegrityError, match=expected.digest):
            writing.commit()
    assert not incoming(tmp_path)
    assert not list(store.list())


def test_the_first_byte_too_many_is_refused(store: Store) -> None:
    expected = Artifact(digest=hashlib.sha256(b"weights").hexdigest(), size=7)
    with store.receive(expected) as writing:
        writing.write(b"weights")
        with pytest.raises(IntegrityError, match="more than the 7 bytes"):
            writing.write(b"!")


KILLED = """
import sys, time
from pathlib import Path
from weftwork.artifacts import Store
with Store(Path(sys.argv[1])).receive() as writing:
    writing.write(b"x" * 1000000)
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_killed_writer_leaves_nothing_after_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"writing\n"
        Store(folder)  # a second process opens the store: the living writer keeps its file
        assert len(incoming(tmp_path)) == 1
        process.kill()
    assert len(incoming(tmp_path)) == 1
    Store(folder)
    assert not incoming(tmp_path)


def test_several_share_a_store(tmp_path: Path) -> None:
    """Each opens the store, which tidies, while the others write: nobody loses a file.

    A lock belongs to an opened file, so that threads show what processes do.
    """
    folder = tmp_path / "store"
    end = time.monotonic() + 0.5

    def put_often() -> int:
        times = 0
        while time.monotonic() < end or not times:
            Store(folder).put(BytesIO(b"weights"))
            times += 1
        return times

    with ThreadPoolExecutor() as threads:
        writers = [threads.submit(put_often) for _ in range(4)]
    assert all(writer.result() for writer in writers)
    assert [artifact.size for artifact in Store(folder).list()] == [7]
    assert not incoming(tmp_path)


def test_a_full_disk_leaves_nothing_half_written(store: Store, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(EnvironmentFaultError, match="make room, or move the store"):
            store.put(BytesIO(bytes(2 << 20)))
        store.put(BytesIO(bytes(100)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not incoming(tmp_path)
    assert [artifact.size for artifact in store.list()] == [100]


def test_a_full_file_system(tmp_path: Path) -> None:
    """The same where the kernel says ENOSPC: a file system of 1 MiB, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a file system here")
    try:
        store = Store(folder / "store")
        with pytest.raises(EnvironmentFaultError, match="No space left on device; make room"):
            store.put(BytesIO(bytes(2 << 20)))
        assert not list((folder / "store/incoming").iterdir())
        store.put(BytesIO(bytes(100)))
    finally:
        subprocess.run(["/bin/umount", str(folder)], check=True)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentFaultError, match="Not a directory"):
        Store(tmp_path / "file" / "store")
