"""What a component says of itself on its operations endpoint, over mutual TLS."""

import re
import ssl

import httpx

from network.layout import Site
from network.topology import Component

_TIMEOUT = httpx.Timeout(5.0)


def client(site: Site) -> httpx.Client:
    """An HTTP client that trusts the organisation's own CA and shows its admin's certificate."""
    admin = site.identity("admin")
    context = ssl.create_default_context(cafile=str(site.public.ca))
    context.load_cert_chain(admin.tls_certificate, admin.tls_key)
    return httpx.Client(verify=context, timeout=_TIMEOUT, trust_env=False)


def health(http: httpx.Client, component: Component) -> str:
    """`OK`, or why not: the component's own words, or that it does not answer."""
    try:
        reply = http.get(f"{_base(component)}/healthz")
    except httpx.HTTPError as error:
        return f"no answer ({type(error).__name__})"
    if reply.status_code == httpx.codes.OK:
        return "OK"
    return f"unhealthy: {reply.text.strip()[:200]}"


def block_height(http: httpx.Client, component: Component, channel: str) -> int | None:
    """How many blocks a peer or an orderer has of `channel`.

    None where it has not joined, has not opened its ledger yet, or does not answer.
    """
    try:
        reply = http.get(f"{_base(component)}/metrics")
    except httpx.HTTPError:
        return None
    pattern = rf'^ledger_blockchain_height{{channel="{re.escape(channel)}"}} ([0-9.e+]+)$'
    found = re.search(pattern, reply.text, re.MULTILINE)
    return int(float(found[1])) if found else None


def _base(component: Component) -> str:
    return f"https://{component.host}:{component.ports()['operations']}"
