"""Why a peer could not be reached: gRPC's words, and what would be right."""

import re

__all__ = ["explain"]

# In gRPC's message -> what it means to who set the connection up.
_REASONS = {
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not signed by the given TLS roots",
    "is not in peer certificate": "its certificate is for another name; give that as server_name",
    "Secure read failed|TLSV1_ALERT|CERTIFICATE_REQUIRED": (
        "it broke the connection off; it may not trust the client's TLS certificate"
    ),
    "empty address list": "the given TLS roots, certificate or key cannot be used",
    "DNS resolution failed": "there is no host of that name",
    "Connection refused": "nobody listens there; is the peer running?",
}


def explain(endpoint: str, message: str) -> str:
    """`message` of a call with status UNAVAILABLE, led by endpoint and reason where it is known.

    The Gateway's own messages with that status (no orderer, no peer) come back as they are.
    """
    for pattern, reason in _REASONS.items():
        if re.search(pattern, message):
            return f"{endpoint} cannot be reached: {reason} ({message})"
    return message
