from pathlib import Path

import yaml

from network import connections, topology
from network.layout import Home
from network.topology import Topology
from provider_node.config import load
from weftwork.config import Connection, load_yaml


def test_a_connection_file_names_the_identitys_own_files(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    connections.write(consortium, consortium.organisation("factory1"), home)
    identity = home.site("factory1").identity("node")
    loaded = load_yaml(identity.connection, Connection)
    assert (loaded.organisation, loaded.msp_id) == ("factory1", "Factory1MSP")
    assert loaded.gateway.endpoint == consortium.organisation("factory1").peer.endpoint
    assert loaded.identity.key.resolve() == identity.key
    assert loaded.tls.certificate.resolve() == identity.tls_certificate
    assert {msp: path.resolve() for msp, path in loaded.trust.items()} == {
        org.msp_id: home.public(org.name).ca for org in consortium.organisations
    }


def test_the_requesters_connection_lies_at_the_root_and_only_hers(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    connections.write(consortium, consortium.organisation("factory1"), home)
    assert not home.requester.exists()
    connections.write(consortium, consortium.organisation("requester"), home)
    loaded = load_yaml(home.requester, Connection)
    identity = home.site("requester").identity("requester")
    assert loaded.identity.certificate.resolve() == identity.certificate


def test_the_nodes_file_carries_role_address_and_data(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    connections.write(consortium, consortium.organisation("factory3"), home)
    written = yaml.safe_load((home.site("factory3").component("node") / "node.yaml").read_text())
    assert written["name"] == "factory3"
    assert written["role"] == "provider"
    assert written["listen"] == "127.0.0.1:21350"
    assert written["endpoint"] == "localhost:21350"
    assert written["data"][0]["source"]["classes"] == [6, 7, 8, 9]


def test_what_the_owner_changed_in_the_nodes_file_stays(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    connections.write(consortium, consortium.organisation("factory1"), home)
    file = home.site("factory1").component("node") / "node.yaml"
    mine = file.read_text().replace("device: cpu", "device: cuda:1  # the quiet one")
    file.write_text(mine)
    connections.write(consortium, consortium.organisation("factory1"), home)
    assert file.read_text() == mine


def test_the_nodes_file_has_the_topologys_device_and_is_what_the_node_reads(tmp_path: Path) -> None:
    home, document = Home(tmp_path), topology.load().model_dump(mode="json")
    document["organisations"][1]["node"] |= {"device": "auto", "threads": 3}
    consortium = Topology.model_validate(document)
    connections.write(consortium, consortium.organisation("factory1"), home)
    read = load(home.site("factory1").component("node") / "node.yaml")
    assert (read.device, read.threads) == ("auto", 3)
    assert read.data == consortium.organisation("factory1").node.data


def test_of_two_users_the_first_ones_connection_lies_at_the_root(tmp_path: Path) -> None:
    home, document = Home(tmp_path), topology.load().model_dump(mode="json")
    document["organisations"][1]["user"] = True
    consortium = Topology.model_validate(document)
    for org in consortium.organisations:
        connections.write(consortium, org, home)
    assert load_yaml(home.requester, Connection).organisation == "requester"
    second = home.site("factory1").identity("requester").connection
    assert load_yaml(second, Connection).organisation == "factory1"


def test_the_treasurers_connection_lies_at_the_root_too(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    for org in consortium.organisations:
        connections.write(consortium, org, home)
    loaded = load_yaml(home.treasurer, Connection)
    identity = home.site("requester").identity("treasurer")
    assert loaded.identity.certificate.resolve() == identity.certificate
    assert load_yaml(identity.connection, Connection).identity == loaded.identity
    assert not home.site("factory1").identity("treasurer").connection.exists()
    assert home.treasurer in home.content()


def test_files_that_lead_to_keys_are_private(tmp_path: Path) -> None:
    home, consortium = Home(tmp_path), topology.load()
    connections.write(consortium, consortium.organisation("requester"), home)
    assert home.requester.stat().st_mode & 0o077 == 0
    assert home.treasurer.stat().st_mode & 0o077 == 0
