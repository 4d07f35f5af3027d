from network.consortium import Consortium


def test_every_organisation_answers_a_query_of_the_contract(consortium: Consortium) -> None:
    for organisation in consortium.topology.organisations:
        reply = consortium.peer_cli(organisation.name).run(
            *("chaincode", "query", "-C", "weftwork", "-n", "weftwork"),
            *("-c", '{"Args":["Tasks:List","","",""]}'),
        )
        assert reply.strip() == '{"bookmark":"","items":[]}'
