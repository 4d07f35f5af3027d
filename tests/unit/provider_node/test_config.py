"""node.yaml: what is read, and what a person is told."""

from pathlib import Path

import pytest

from provider_node.config import load
from provider_node.trainer import Means
from weftwork.errors import ConfigError
from weftwork.learning.data import Builtin

GOOD = """\
name: factory1
role: provider
connection: ../identity/connection.yaml
listen: 127.0.0.1:7070
endpoint: node.factory1.example:7070
store: store
data:
  - name: digits
    source: {kind: builtin, name: digits}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "node.yaml"
    path.write_text(text)
    return path


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    assert config.store == tmp_path / "store"
    assert config.connection == tmp_path / "../identity/connection.yaml"
    assert config.data[0].source == Builtin(kind="builtin", name="digits")
    assert config.means == Means("cpu", threads=0, processes=1, precision="float32", compiled=False)
    assert config.poll_seconds == 30


def test_what_the_trainer_computes_with(tmp_path: Path) -> None:
    text = GOOD + "device: cuda:2\nthreads: 6\nprocesses: 2\nprecision: bfloat16\ncompile: true\n"
    text += "physical_batch: 64\n"
    wanted = Means("cuda:2", 6, 2, "bfloat16", compiled=True, physical_batch=64)
    assert load(write(tmp_path, text)).means == wanted


def test_the_policys_path_is_too(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD)).policy is None
    config = load(write(tmp_path, GOOD + "policy: rules/policy.yaml\n"))
    assert config.policy == tmp_path / "rules" / "policy.yaml"


def test_the_data_sets_paths_are_too(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: builtin, name: digits}", "{kind: npz, path: x.npz}")
    [data] = load(write(tmp_path, text)).data
    assert getattr(data.source, "path", None) == tmp_path / "x.npz"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: factory1", "name: Factory 1", "line 1: name"),
        ("listen: 127.0.0.1:7070", "listen: 7070", "line 4: listen"),
        (
            "listen: 127.0.0.1:7070",
            "listen: 127.0.0.1:99999",
            "line 4: listen: there is no port 99999; choose one from 1 to 65535",
        ),
        ("example:7070", "example:0", "line 5: endpoint: there is no port 0"),
        ("store: store", "stare: store", "line 6: stare: unknown key; did you mean 'store'?"),
        ("role: provider", "role: owner", "line 2: role"),
        ("kind: builtin", "kind: excel", "line 9: data.0.source"),
        ("store: store", "store: store\ndevice: tpu", "line 7: device"),
        ("store: store", "store: store\nprocesses: 17", "line 7: processes"),
        ("store: store", "store: store\nprecision: float16", "line 7: precision"),
        ("store: store", "store: store\nphysical_batch: 0", "line 7: physical_batch"),
        (
            "store: store",
            "store: store\ndevice: mps\nprocesses: 2",
            "line 8: processes: there is one Apple GPU; remove it",
        ),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"node\.yaml") as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert said in str(caught.value)


def test_a_provider_has_data(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a provider needs at least one entry under data"):
        load(write(tmp_path, GOOD.partition("data:")[0]))


def test_an_archive_has_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 7: data: an archive trains nothing"):
        load(write(tmp_path, GOOD.replace("role: provider", "role: archive")))
    archive = GOOD.partition("data:")[0].replace("role: provider", "role: archive")
    assert load(write(tmp_path, archive)).data == ()


def test_two_data_sets_have_two_names(tmp_path: Path) -> None:
    twice = GOOD + "  - name: digits\n    source: {kind: builtin, name: digits, part: test}\n"
    with pytest.raises(ConfigError, match=r"line 10: data\.1\.name: 'digits' is given to two"):
        load(write(tmp_path, twice))


def test_the_connection_is_read_when_it_is_needed(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    with pytest.raises(ConfigError, match=r"connection\.yaml: no such file"):
        config.load_connection()
