from pathlib import Path

from network import topology
from network.genesis import configtx
from network.layout import Home


def test_every_organisation_is_member_consenter_and_reachable(tmp_path: Path) -> None:
    consortium = topology.load()
    profile = configtx(consortium, Home(tmp_path))["Profiles"]["Weftwork"]
    expected = [org.msp_id for org in consortium.organisations]
    assert [org["ID"] for org in profile["Orderer"]["Organizations"]] == expected
    assert [org["ID"] for org in profile["Application"]["Organizations"]] == expected
    mapping = profile["Orderer"]["ConsenterMapping"]
    assert [(c["ID"], c["MSPID"], c["Port"]) for c in mapping] == [
        (number, org.msp_id, org.orderer.port)
        for number, org in enumerate(consortium.organisations, start=1)
    ]
    anchors = [org["AnchorPeers"] for org in profile["Application"]["Organizations"]]
    assert anchors == [
        [{"Host": org.peer.host, "Port": org.peer.port}] for org in consortium.organisations
    ]


def test_a_majority_endorses_and_changes_the_rules(tmp_path: Path) -> None:
    profile = configtx(topology.load(), Home(tmp_path))["Profiles"]["Weftwork"]
    policies = profile["Application"]["Policies"]
    assert policies["Endorsement"]["Rule"] == "MAJORITY Endorsement"
    assert policies["LifecycleEndorsement"]["Rule"] == "MAJORITY Endorsement"
    assert policies["Admins"]["Rule"] == "MAJORITY Admins"


def test_only_peers_endorse_and_peers_and_orderers_send_no_transactions(tmp_path: Path) -> None:
    profile = configtx(topology.load(), Home(tmp_path))["Profiles"]["Weftwork"]
    factory = profile["Application"]["Organizations"][1]
    assert factory["Policies"]["Endorsement"]["Rule"] == "OR('Factory1MSP.peer')"
    assert factory["Policies"]["Writers"]["Rule"] == "OR('Factory1MSP.admin', 'Factory1MSP.client')"


def test_only_public_files_are_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    profile = configtx(topology.load(), home)["Profiles"]["Weftwork"]
    named = [org["MSPDir"] for org in profile["Application"]["Organizations"]]
    for consenter in profile["Orderer"]["ConsenterMapping"]:
        named += [consenter[key] for key in ("Identity", "ClientTLSCert", "ServerTLSCert")]
    assert all(Path(path).is_relative_to(tmp_path / "public") for path in named)
