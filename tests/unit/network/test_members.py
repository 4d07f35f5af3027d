from network import topology
from network.members import ROLE, members


def test_roles_are_attributes_of_nodes_and_users_alone() -> None:
    organisations = topology.load()
    roles = {
        (org.name, member.name): member.attributes[ROLE]
        for org in organisations.organisations
        for member in members(org)
        if ROLE in member.attributes
    }
    assert roles == {
        ("requester", "node"): "archive",
        ("requester", "requester"): "requester",
        ("requester", "treasurer"): "treasurer",
        ("factory1", "node"): "provider",
        ("factory2", "node"): "provider",
        ("factory3", "node"): "provider",
    }


def test_a_servers_certificate_names_its_host_and_the_loopback() -> None:
    organisation = topology.load().organisation("factory1")
    peer = organisation.peer.model_copy(update={"host": "peer.factory1.example"})
    elsewhere = organisation.model_copy(update={"peer": peer})
    hosts = {member.name: member.hosts for member in members(elsewhere)}
    assert hosts["peer"] == ("peer.factory1.example", "localhost", "127.0.0.1")
    assert hosts["orderer"] == ("localhost", "127.0.0.1")
