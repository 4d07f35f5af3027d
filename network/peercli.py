"""The official `peer` command line, run as one organisation's admin."""

import subprocess
from pathlib import Path

from network.layout import Home
from network.topology import Organisation
from weftwork.errors import DeadlineError, EnvironmentFaultError, RefusedError

_TIMEOUT_SECONDS = 120


def environment(organisation: Organisation, home: Home) -> dict[str, str]:
    """What the `peer` CLI needs to speak to the organisation's peer as its admin."""
    site = home.site(organisation.name)
    admin = site.identity("admin")
    return {
        "FABRIC_CFG_PATH": str(site.component("peer")),
        "CORE_PEER_LOCALMSPID": organisation.msp_id,
        "CORE_PEER_MSPCONFIGPATH": str(admin.msp),
        "CORE_PEER_ADDRESS": organisation.peer.endpoint,
        "CORE_PEER_TLS_ENABLED": "true",
        "CORE_PEER_TLS_ROOTCERT_FILE": str(site.public.ca),
        "CORE_PEER_TLS_CLIENTAUTHREQUIRED": "true",
        "CORE_PEER_TLS_CLIENTCERT_FILE": str(admin.tls_certificate),
        "CORE_PEER_TLS_CLIENTKEY_FILE": str(admin.tls_key),
        "FABRIC_LOGGING_SPEC": "error",
    }


class PeerCli:
    """`run` gives what the command printed; a refusal is one line with the peer's reason."""

    def __init__(self, peer: Path, organisation: Organisation, home: Home) -> None:
        self._peer = peer
        self._environment = environment(organisation, home)
        self._organisation = organisation
        self._home = home

    def run(self, *arguments: str) -> str:
        """Run `peer ARGUMENTS`; return its standard output."""
        what = f"{self._organisation.name}: peer {' '.join(arguments[:3])}"
        try:
            done = subprocess.run(
                [self._peer, *arguments],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except OSError as error:
            raise EnvironmentFaultError(f"{what}: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise DeadlineError(f"{what}: no answer in {_TIMEOUT_SECONDS} s") from error
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise RefusedError(f"{what}: {reason[0]}")
        return done.stdout

    def run_once(self, *arguments: str, already: str) -> None:
        """Run it; a refusal whose reason has the words `already` means that it was done before."""
        try:
            self.run(*arguments)
        except RefusedError as error:
            if already not in str(error):
                raise

    def orderer(self) -> list[str]:
        """Options that send a transaction through the organisation's own orderer."""
        site = self._home.site(self._organisation.name)
        admin = site.identity("admin")
        return [
            *("-o", self._organisation.orderer.endpoint, "--tls", "--clientauth"),
            *("--cafile", str(site.public.ca)),
            *("--certfile", str(admin.tls_certificate), "--keyfile", str(admin.tls_key)),
        ]
