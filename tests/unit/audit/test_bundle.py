"""Bundles that are whole, and bundles that anybody may have made."""

import bz2
import errno
import gzip
import json
import lzma
import math
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from fabric_protos.common import common_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requester_cli.cli import cli
from weftwork.audit import Finding, Report, opened, verify
from weftwork.audit.audit import Audit
from weftwork.audit.bundle import artifact_path, block_path, write_manifest
from weftwork.audit.world import World
from weftwork.errors import IntegrityError, NotFoundError


def bundle(folder: Path, *blocks: bytes, reason: str = "gone") -> Path:
    """One with these blocks, whatever they are."""
    (folder / "blocks").mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(blocks):
        (folder / block_path(number)).write_bytes(content)
    write_manifest(folder, "t", len(blocks), [{"what": "round 1, model", "reason": reason}])
    return folder


def manifest(**changes: object) -> str:
    """A manifest of nothing, but for the changes."""
    content = {"format": "weftwork.audit.v1", "task": "t", "blocks": 0, "files": {}, "absent": []}
    return json.dumps(content | changes)


def findings(folder: Path) -> list[Finding]:
    with opened(folder) as read:
        return verify(read, "t").findings


def rules(folder: Path) -> list[str]:
    return [one.rule for one in findings(folder)]


def test_a_tar_file_is_read_as_its_folder(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle", b"\xff")
    with tarfile.open(tmp_path / "bundle.tar", "w") as packed:
        packed.add(folder, arcname=".")
    with opened(tmp_path / "bundle.tar") as one, opened(folder) as other:
        assert one.files == other.files
        assert one.absent == other.absent == ("round 1, model: gone",)
        assert one.block(0) == b"\xff"


def test_artifacts_are_in_the_bundle_or_in_a_store(tmp_path: Path) -> None:
    folder, digest = bundle(tmp_path / "bundle"), "ab" * 32
    store = tmp_path / "store"
    with opened(folder, [store]) as read:
        assert read.artifact(digest) is None
        kept = store / "sha256" / "ab" / digest
        kept.parent.mkdir(parents=True)
        kept.touch()
        assert read.artifact(digest) == kept
        own = folder / artifact_path(digest)
        own.parent.mkdir(parents=True)
        own.touch()
        assert read.artifact(digest) == own


def test_a_digest_may_be_longer_than_any_name(tmp_path: Path) -> None:
    with opened(bundle(tmp_path)) as read:
        assert read.artifact("a" * 400) is None


def test_a_file_that_was_changed_or_lost_is_found(tmp_path: Path) -> None:
    folder = bundle(tmp_path, common_pb2.Block().SerializeToString())
    assert "manifest" not in rules(folder)
    (folder / block_path(0)).write_bytes(b"\xff")
    assert rules(folder)[0] == "manifest"
    (folder / block_path(0)).unlink()
    assert rules(folder)[:2] == ["manifest", "chain"]


def test_a_manifest_names_no_file_outside(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "bundle")
    (tmp_path / "secret").write_text("x")
    path = folder / "manifest.json"
    content = json.loads(path.read_text()) | {"files": {"../secret": "0" * 64}}
    path.write_text(json.dumps(content))
    with opened(folder) as read:
        (first, *_) = verify(read, "t").findings
    assert first.text == "it is not in the bundle"


@pytest.mark.parametrize(
    "name",
    ["x" * 400, "x/" * 3000, "a\0b", "\ud800", ".."],
    ids=["long", "deep", "zero", "half-a-pair", "above"],
)
def test_a_manifest_may_name_what_can_be_no_file(tmp_path: Path, name: str) -> None:
    bundle(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest(files={name: "0" * 64}))
    assert rules(tmp_path)[0] == "manifest"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (None, NotFoundError, "this is no exported bundle"),
        ("{", IntegrityError, "the manifest cannot be read"),
        ("[]", IntegrityError, "should have the format weftwork.audit.v1"),
        ("[" * 100_000, IntegrityError, "the manifest cannot be read"),
        ('{"format": "weftwork.audit.v1"}', IntegrityError, "the manifest is not whole"),
        (manifest(blocks=math.inf), IntegrityError, "inf is no number of blocks"),
        (manifest(blocks="1"), IntegrityError, "'1' is no number of blocks"),
        (manifest(blocks=True), IntegrityError, "True is no number of blocks"),
        (manifest(blocks=-1), IntegrityError, "-1 is no number of blocks"),
        (manifest(files=[[1, 2]]), IntegrityError, "files: should have the SHA-256 of each"),
        (manifest(files={"blocks/000000.block": 1}), IntegrityError, "files: should have"),
        (manifest(absent=["update"]), IntegrityError, "the manifest is not whole"),
    ],
    ids=[
        "none",
        "no-json",
        "no-object",
        "nested",
        "nothing",
        "infinite",
        "text",
        "boolean",
        "negative",
        "pairs",
        "numbers",
        "words",
    ],
)
def test_what_is_no_bundle_is_said_to_be_none(
    tmp_path: Path, text: str | None, error: type[Exception], words: str
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(error, match=words), opened(tmp_path):
        pass


def test_what_is_no_tar_file_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no")
    with pytest.raises(IntegrityError, match="no tar file of a bundle"), opened(tmp_path / "x.tar"):
        pass


def test_what_is_no_tar_file_is_one_line_and_whole_in_json(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text("root:x:0:0\n" * 100)
    command = ["verify", "t", "--bundle", str(tmp_path / "passwd")]
    run = CliRunner(mix_stderr=False).invoke
    (line,) = run(cli, [*command, "--json"]).stderr.splitlines()
    message = json.loads(line)["error"]["message"]
    assert message.endswith(
        "/passwd is no tar file of a bundle: file could not be opened successfully"
    )
    (line,) = run(cli, command).stderr.splitlines()
    assert line == f"error: {message}"


def test_a_tar_file_is_named_as_the_person_knows_it(tmp_path: Path) -> None:
    packed = tmp_path / "bundle.tar"
    with tarfile.open(packed, "w"):
        pass
    with pytest.raises(NotFoundError, match=f"^{packed}/manifest.json: "), opened(packed):
        pass
    folder = bundle(tmp_path / "bundle", b"\xff")
    (folder / block_path(0)).unlink()
    with tarfile.open(packed, "w") as file:
        file.add(folder, arcname=".")
    assert findings(packed)[1].text == "blocks/000000.block: No such file or directory"


def test_a_full_disk_is_no_fault_of_the_tar_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bundle(tmp_path / "bundle", b"\xff")
    with tarfile.open(tmp_path / "bundle.tar", "w") as packed:
        packed.add(folder, arcname=".")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(OSError, match="No space left"), opened(tmp_path / "bundle.tar"):
        pass


@pytest.mark.parametrize("content", [None, b"", b"\xff"], ids=["none", "empty", "broken"])
def test_another_first_block_than_the_auditors_is_found(
    tmp_path: Path, content: bytes | None
) -> None:
    folder = bundle(tmp_path, *(() if content is None else (content,)))
    with opened(folder) as read:
        report = verify(read, "t", genesis="0" * 64)
    assert report.checked["genesis"] == 1
    assert "genesis" in [one.rule for one in report.findings]


def test_a_task_that_the_blocks_do_not_know_is_named_with_what_comes_close(tmp_path: Path) -> None:
    world = World({("task", "digits-1"): {}, ("account", "credit"): {}, ("task", "t", "x"): {}})
    with opened(bundle(tmp_path)) as read:
        audit = Audit(read, Report("digits-2"), world=world)
        audit.check_task(deep=False)
    (finding,) = audit.report.findings
    assert finding.text == "the blocks do not know task digits-2; did you mean digits-1?"


def test_a_bundle_of_another_task_is_said_to_be_one(tmp_path: Path) -> None:
    with opened(bundle(tmp_path)) as read:
        assert verify(read, "t").absent == ["round 1, model: gone"]
        assert verify(read, "u").absent == ["a bundle of task u: this one was exported for task t"]


@pytest.mark.parametrize(
    "compress", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["", "gz", "bz2", "xz"]
)
def test_a_tar_file_that_is_cut_off_is_said_to_be_none(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    folder = bundle(tmp_path / "bundle", bytes(20_000))
    packed = tmp_path / "bundle.tar"
    with tarfile.open(packed, "w") as file:
        file.add(folder, arcname=".")
    whole = compress(packed.read_bytes())
    packed.write_bytes(whole[: len(whole) // 2])
    result = CliRunner(mix_stderr=False).invoke(cli, ["verify", "t", "--bundle", str(packed)])
    assert result.exit_code == IntegrityError.exit_code
    assert result.stderr.startswith(f"error: {packed} is no tar file of a bundle: ")


def test_a_tar_file_whose_compression_is_damaged_is_said_to_be_none(tmp_path: Path) -> None:
    packed = tmp_path / "bundle.tar.gz"
    packed.write_bytes(gzip.compress(b"")[:10] + b"\xff" * 100)
    with pytest.raises(IntegrityError, match="no tar file of a bundle"), opened(packed):
        pass


noise = st.binary(max_size=60)


@given(
    data=st.lists(noise, max_size=3),
    payloads=st.lists(st.tuples(noise, noise, noise), max_size=3),
    metadata=st.lists(noise, max_size=5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_blocks_are_is_found_and_no_accident(
    tmp_path: Path,
    data: list[bytes],
    payloads: list[tuple[bytes, bytes, bytes]],
    metadata: list[bytes],
) -> None:
    block = common_pb2.Block()
    block.data.data.extend(data)
    for channel, signature, content in payloads:
        payload = common_pb2.Payload(data=content)
        payload.header.channel_header = channel
        payload.header.signature_header = signature
        envelope = common_pb2.Envelope(payload=payload.SerializeToString())
        block.data.data.append(envelope.SerializeToString())
    block.metadata.metadata.extend(metadata)
    found = rules(bundle(tmp_path, block.SerializeToString(), b"\xff"))
    assert found[-1] == "task"


def test_the_command_says_the_first_thing_that_does_not_hold(tmp_path: Path) -> None:
    folder = bundle(tmp_path, b"\xff")
    run = CliRunner(mix_stderr=False).invoke
    result = run(cli, ["verify", "t", "--bundle", str(folder)])
    assert result.exit_code == IntegrityError.exit_code
    assert "does not hold: block 0: chain: this is no block" in result.stdout
    assert "absent: round 1, model: gone" in result.stdout
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"error: {folder} does not hold: block 0: chain: this is no block")
    document = json.loads(run(cli, ["verify", "t", "--bundle", str(folder), "--json"]).stdout)
    assert document["first"]["rule"] == "chain"
    assert document["first"]["block"] == 0
    assert not document["holds"]


def test_whatever_the_text_is_it_can_be_printed(tmp_path: Path) -> None:
    folder = bundle(tmp_path, b"\xff", reason="half a pair: \ud800")
    run = CliRunner(mix_stderr=False).invoke
    command = ["verify", "t", "--bundle", str(folder)]
    result = run(cli, command)
    assert result.exit_code == IntegrityError.exit_code
    assert "half a pair: \N{REPLACEMENT CHARACTER}" in result.stdout
    assert r"half a pair: \ud800" in run(cli, [*command, "--json"]).stdout
