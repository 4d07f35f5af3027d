"""The files from which programs learn who they are and how to reach the ledger."""

import os
from pathlib import Path
from typing import Any

from network import files
from network.layout import Home
from network.topology import Organisation, Topology


def write(topology: Topology, organisation: Organisation, home: Home) -> None:
    """`connection.yaml` of admin, node and people; the first of each at the home's root, too.

    `node.yaml` is written once: from then on it is its owner's, who may offer other data.
    """
    people = {
        "requester": ([org for org in topology.organisations if org.user], home.requester),
        "treasurer": ([org for org in topology.organisations if org.treasurer], home.treasurer),
    }
    own = [name for name, (organisations, _) in people.items() if organisation in organisations]
    for name in ("admin", "node", *own):
        path = home.site(organisation.name).identity(name).connection
        files.write_yaml(path, connection(topology, organisation, home, name, path.parent), 0o600)
    for name in own:
        organisations, path = people[name]
        if organisation == organisations[0]:
            content = connection(topology, organisation, home, name, home.root)
            files.write_yaml(path, content, 0o600)
    folder = home.site(organisation.name).component("node")
    if not (folder / "node.yaml").exists():
        files.write_yaml(folder / "node.yaml", node(organisation, home, folder), 0o600)


def connection(
    topology: Topology, organisation: Organisation, home: Home, name: str, folder: Path
) -> dict[str, Any]:
    """A `weftwork.config.Connection` of that identity, its paths relative to `folder`."""
    site = home.site(organisation.name)
    identity = site.identity(name)
    return {
        "organisation": organisation.name,
        "msp_id": organisation.msp_id,
        "channel": topology.channel,
        "gateway": {
            "endpoint": organisation.peer.endpoint,
            "tls_roots": os.path.relpath(site.public.ca, folder),
        },
        "identity": {
            "certificate": os.path.relpath(identity.certificate, folder),
            "key": os.path.relpath(identity.key, folder),
        },
        "tls": {
            "certificate": os.path.relpath(identity.tls_certificate, folder),
            "key": os.path.relpath(identity.tls_key, folder),
        },
        "trust": {
            org.msp_id: os.path.relpath(home.public(org.name).ca, folder)
            for org in topology.organisations
        },
    }


def node(organisation: Organisation, home: Home, folder: Path) -> dict[str, Any]:
    """The content of `node.yaml`; the participant's name is its organisation's."""
    component = organisation.node
    identity = home.site(organisation.name).identity("node")
    return {
        "name": organisation.name,
        "role": component.role,
        "connection": os.path.relpath(identity.connection, folder),
        "listen": f"{component.bind}:{component.port}",
        "endpoint": component.endpoint,
        "store": "store",
        "data": [entry.model_dump(mode="json", exclude_defaults=True) for entry in component.data],
        "device": component.device,
        "threads": component.threads,
    }
