from pathlib import Path

import pytest
import yaml

from network import topology
from network.binaries import Binaries
from network.consortium import Consortium
from network.topology import Topology
from weftwork.errors import ConfigError
from weftwork.learning.data import Builtin, Folder

DIGITS = {"name": "digits", "source": {"kind": "builtin", "name": "digits"}}
TWIN = {"name": "digits", "source": {"kind": "folder", "path": "/digits"}}


def _load(tmp_path: Path, content: object) -> Topology:
    file = tmp_path / "topology.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return topology.load(file)


def test_the_default_is_a_requester_and_three_factories_that_hold_all_ten_digits() -> None:
    organisations = topology.load().organisations
    assert [(org.name, org.msp_id, org.node.role, org.user) for org in organisations] == [
        ("requester", "RequesterMSP", "archive", True),
        ("factory1", "Factory1MSP", "provider", False),
        ("factory2", "Factory2MSP", "provider", False),
        ("factory3", "Factory3MSP", "provider", False),
    ]
    sources = [entry.source for org in organisations for entry in org.node.data]
    classes = [
        digit for source in sources if isinstance(source, Builtin) for digit in source.classes or ()
    ]
    assert sorted(classes) == list(range(10))


def test_rendering_reads_back_as_the_same_topology(tmp_path: Path) -> None:
    original = topology.load()
    file = tmp_path / "topology.yaml"
    file.write_text(original.render())
    assert topology.load(file) == original


def test_a_port_given_twice_is_refused_with_both_owners(tmp_path: Path) -> None:
    content = yaml.safe_load(topology.DEFAULT.read_text())
    content["organisations"][1]["node"]["port"] = 21030
    with pytest.raises(
        ConfigError, match=r"localhost:21030 is given to requester\.peer and factory1\.node"
    ):
        _load(tmp_path, content)


def test_the_same_port_on_another_host_is_no_clash(tmp_path: Path) -> None:
    content = yaml.safe_load(topology.DEFAULT.read_text())
    content["organisations"][1]["node"].update(port=21030, host="factory1.example.com")
    loaded = _load(tmp_path, content)
    assert loaded.organisation("factory1").node.endpoint == "factory1.example.com:21030"


def test_what_runs_elsewhere_is_refused_by_the_local_consortium(tmp_path: Path) -> None:
    topology.require_local(topology.load())
    content = yaml.safe_load(topology.DEFAULT.read_text())
    content["organisations"][1]["ca"]["host"] = "ca.factory1.example"
    content["organisations"][2]["node"]["host"] = "127.0.0.1"
    nothing = Binaries(*(tmp_path / "none" for _ in range(4)))
    consortium = Consortium(tmp_path / "home", nothing, _load(tmp_path, content))
    with pytest.raises(
        ConfigError, match=r"localhost, unlike that of factory1\.ca \(ca\.factory1\.example\)$"
    ):
        consortium.up(tmp_path / "chaincode")
    assert not (tmp_path / "home" / "topology.yaml").exists()


def test_a_data_sets_path_is_relative_to_the_file(tmp_path: Path) -> None:
    content = yaml.safe_load(topology.DEFAULT.read_text())
    sources = [{"kind": "folder", "path": path} for path in ("parts", "/data/parts")]
    content["organisations"][1]["node"]["data"] = [
        {"name": f"parts{number}", "source": source} for number, source in enumerate(sources)
    ]
    loaded = _load(tmp_path, content).organisation("factory1").node.data
    paths = [entry.source.path for entry in loaded if isinstance(entry.source, Folder)]
    assert paths == [tmp_path / "parts", Path("/data/parts")]


@pytest.mark.parametrize("key", ["name", "msp_id"])
def test_a_repeated_name_or_msp_is_refused(tmp_path: Path, key: str) -> None:
    content = yaml.safe_load(topology.DEFAULT.read_text())
    content["organisations"][2][key] = content["organisations"][1][key]
    with pytest.raises(ConfigError, match=f"needs its own {key}"):
        _load(tmp_path, content)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("name", "Factory One", "organisations.1.name"),
        ("msp_id", "no msp", "organisations.1.msp_id"),
        ("peer", {"port": 70000, "operations": 1}, "organisations.1.peer.port"),
        ("orderer", {"port": 1, "operations": 2}, "organisations.1.orderer.admin"),
        ("colour", "blue", "organisations.1.colour"),
        ("node", {"port": 1, "role": "provider"}, "a provider needs at least one entry under data"),
        ("node", {"port": 1, "role": "archive", "data": [DIGITS]}, "an archive trains nothing"),
        ("node", {"port": 1, "data": [DIGITS, TWIN]}, "each data set needs its own name"),
        ("node", {"port": 1, "data": [DIGITS], "device": "gpu"}, r"organisations\.1\.node\.device"),
        (
            "node",
            {"port": 1, "data": [{"name": "a", "source": {"kind": "excel", "path": "/a"}}]},
            r"organisations\.1\.node\.data\.0\.source.*excel",
        ),
        (
            "node",
            {"port": 1, "data": [{"name": "a", "source": {"kind": "folder"}}]},
            r"organisations\.1\.node\.data\.0\.source\.path",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, key: str, value: object, expected: str
) -> None:
    content = yaml.safe_load(topology.DEFAULT.read_text())
    content["organisations"][1][key] = value
    with pytest.raises(ConfigError, match=expected):
        _load(tmp_path, content)


def test_no_organisation_is_no_consortium(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="organisations"):
        _load(tmp_path, {"organisations": []})


@pytest.mark.parametrize(("count", "faults"), [(1, 0), (3, 0), (4, 1)])
def test_faults_tolerated(count: int, faults: int) -> None:
    loaded = topology.load()
    fewer = Topology(organisations=loaded.organisations[:count])
    assert fewer.tolerated_faults == faults


def test_a_local_component_listens_on_the_loopback_only() -> None:
    peer = topology.load().organisation("factory1").peer
    assert peer.bind == "127.0.0.1"
    assert peer.model_copy(update={"host": "peer.factory1.example.com"}).bind == "0.0.0.0"  # noqa: S104


def test_given_ports_replace_all_and_leave_the_rest() -> None:
    original = topology.load()
    owners = [owner for owner, _, _ in original.listeners()]
    moved = original.with_ports({owner: 30000 + i for i, owner in enumerate(owners)})
    assert sorted(port for _, _, port in moved.listeners()) == [
        30000 + i for i in range(len(owners))
    ]
    assert moved.organisation("factory2").node.data == original.organisation("factory2").node.data
