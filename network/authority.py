"""One organisation's certificate authority: its configuration, and everyone's enrolment.

A CA starts for the first time with one identity, the admin, whose random secret stands in its
configuration (0600). The admin registers the others. Secrets live in memory only; afterwards the
configuration is written without one, with the CA's own TLS certificate for both its listeners.
"""

import secrets
import shutil
from typing import TYPE_CHECKING, Any

from network import files, health
from network.layout import Site
from network.members import Member, enrolment_id, members
from network.topology import Organisation

if TYPE_CHECKING:
    from weftwork.identity import Enrolment

_YEAR = "8760h"
_ROOT_LIFETIME = "131400h"  # 15 years

_REGISTRAR = {
    "hf.Registrar.Roles": "*",
    "hf.Registrar.DelegateRoles": "*",
    "hf.Registrar.Attributes": "*",
    "hf.Revoker": "true",
    "hf.GenCRL": "true",
}

# The node's role in the network (client, peer, orderer, admin) is the OU in its certificate.
_NODE_OUS = {
    "Enable": True,
    **{
        f"{kind}OUIdentifier": {
            "Certificate": "cacerts/ca.pem",
            "OrganizationalUnitIdentifier": kind.lower(),
        }
        for kind in ("Client", "Peer", "Admin", "Orderer")
    },
}


def enrolled(site: Site) -> bool:
    """Whether the organisation has all its identities: its public root is written last."""
    return site.public.ca.exists()


def answers(organisation: Organisation) -> bool:
    """Whether the CA accepts connections; its operations endpoint is not open on a first start."""
    return health.accepts(organisation.ca.host, organisation.ca.port)


def prepare(organisation: Organisation, site: Site) -> str:
    """Write the configuration of a CA's first start; return the admin's secret.

    A first start that was interrupted is forgotten: nobody relied on its certificates yet.
    """
    shutil.rmtree(site.root, ignore_errors=True)
    site.root.mkdir(parents=True, mode=0o700)
    secret = secrets.token_urlsafe(24)
    registered = {
        "name": enrolment_id("admin", organisation),
        "pass": secret,
        "type": "admin",
        "affiliation": "",
        "attrs": _REGISTRAR,
    }
    _configure(
        organisation, site, [registered], {"enabled": True}, {"listenAddress": "127.0.0.1:0"}
    )
    return secret


def enrol(organisation: Organisation, site: Site, secret: str) -> None:
    """Register and enrol everyone at the running CA, settle it, and publish its root."""
    from weftwork.identity import CertificateAuthority  # half a second to load, and needed once

    root = site.component("ca") / "ca-cert.pem"
    ca = CertificateAuthority(
        f"https://{organisation.ca.endpoint}", f"ca.{organisation.name}", root
    )
    admin = ca.enroll(enrolment_id("admin", organisation), secret)
    _keep(site, Member("admin", "admin", ()), admin, ca.reenroll(admin, profile="tls"))
    for member in members(organisation):
        name = enrolment_id(member.name, organisation)
        password = ca.register(admin, name, member.kind, member.attributes, max_enrollments=1)
        signing = ca.enroll(name, password)
        _keep(site, member, signing, ca.reenroll(signing, profile="tls", hosts=member.hosts))
    _settle(organisation, site)
    _publish(site, root.read_bytes())


def _settle(organisation: Organisation, site: Site) -> None:
    """Write the configuration of every later start: no secret, operations behind mutual TLS."""
    identity = site.identity("ca")
    pair = {"certfile": str(identity.tls_certificate), "keyfile": str(identity.tls_key)}
    operations = {
        "listenAddress": f"{organisation.ca.bind}:{organisation.ca.operations}",
        "tls": {
            "enabled": True,
            **pair,
            "clientcertrequired": True,
            "clientcacertfiles": [str(site.public.ca)],
        },
    }
    _configure(organisation, site, [], {"enabled": True, **pair}, operations)


def _keep(site: Site, member: Member, signing: "Enrolment", tls: "Enrolment") -> None:
    from weftwork.identity import write_identity

    folder = site.identity(member.name)
    write_identity(folder.root, signing, tls=tls)
    files.write_yaml(folder.msp / "config.yaml", {"NodeOUs": _NODE_OUS})


def _publish(site: Site, root: bytes) -> None:
    public, orderer = site.public, site.identity("orderer")
    files.write_yaml(public.msp / "config.yaml", {"NodeOUs": _NODE_OUS})
    files.write(public.msp / "cacerts" / "ca.pem", root)
    files.write(public.msp / "tlscacerts" / "ca.pem", root)
    files.write(public.orderer_identity, orderer.certificate.read_bytes())
    files.write(public.orderer_tls, orderer.tls_certificate.read_bytes())
    files.write(public.ca, root)


def _configure(
    organisation: Organisation,
    site: Site,
    identities: list[dict[str, Any]],
    tls: dict[str, Any],
    operations: dict[str, Any],
) -> None:
    """The CA's file. Affiliations are unused: one organisation, one CA."""
    files.write_yaml(
        site.component("ca") / "fabric-ca-server-config.yaml",
        {
            "address": organisation.ca.bind,
            "port": organisation.ca.port,
            "crlsizelimit": 512000,
            "tls": tls,
            "ca": {"name": f"ca.{organisation.name}", "certfile": "ca-cert.pem"},
            "crl": {"expiry": "24h"},
            "registry": {"maxenrollments": -1, "identities": identities},
            "db": {"type": "sqlite3", "datasource": "fabric-ca-server.db"},
            "affiliations": {},
            "signing": _SIGNING,
            "csr": {
                "cn": f"root.{organisation.name}",
                "keyrequest": {"algo": "ecdsa", "size": 256},
                "names": [{"O": organisation.name}],
                "hosts": [organisation.ca.host, "localhost", "127.0.0.1"],
                "ca": {"expiry": _ROOT_LIFETIME, "pathlength": 0},
            },
            # The anonymous-credential issuer is not used; its pool is filled at the first start.
            "idemix": {"rhpoolsize": 1, "nonceexpiration": "15s", "noncesweepinterval": "15m"},
            "bccsp": {
                "default": "SW",
                "sw": {
                    "hash": "SHA2",
                    "security": 256,
                    "filekeystore": {"keystore": "msp/keystore"},
                },
            },
            "cfg": {"identities": {"passwordattempts": 10, "allowremove": True}},
            "operations": operations,
            "metrics": {"provider": "prometheus"},
        },
        mode=0o600,
    )


_SIGNING = {
    "default": {"usage": ["digital signature"], "expiry": _YEAR},
    "profiles": {
        "tls": {
            "usage": ["signing", "key encipherment", "server auth", "client auth"],
            "expiry": _YEAR,
        },
    },
}
