"""A chaincode is committed though a peer lags behind, and not where it is refused."""

from pathlib import Path

import pytest

from network import lifecycle, topology
from network.layout import Home
from network.package import Chaincode
from network.peercli import PeerCli
from weftwork.errors import RefusedError

LAGGING = "Error: failed to create signed transaction: ProposalResponsePayloads do not match"


def commit(folder: Path, reasons: list[str]) -> int:
    """Commit by a `peer` that refuses for these reasons, one a call, and then does it: calls."""
    calls, said = folder / "calls", folder / "reasons"
    said.write_text("".join(f"{reason}\n" for reason in reasons))
    peer = folder / "peer"
    peer.write_text(
        "#!/bin/sh\n"
        f"echo call >> {calls}\n"
        f'reason=$(sed -n "$(wc -l < {calls})p" {said})\n'
        '[ -z "$reason" ] || { echo "$reason" >&2; exit 1; }\n'
    )
    peer.chmod(0o755)
    home, consortium = Home(folder), topology.load()
    cli = PeerCli(peer, consortium.organisation("factory1"), home)
    chaincode = Chaincode("weftwork", peer)
    try:
        lifecycle.commit(cli, consortium, home, chaincode, 1)
    finally:
        count = len(calls.read_text().splitlines())
    return count


def test_a_peer_that_lags_is_waited_for(tmp_path: Path) -> None:
    assert commit(tmp_path, [LAGGING, LAGGING]) == 3


def test_a_refusal_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="access denied"):
        commit(tmp_path, ["Error: access denied", LAGGING])
    assert (tmp_path / "calls").read_text() == "call\n"
