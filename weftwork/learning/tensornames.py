"""What tensors are called that travel in one file beside a model's own.

    client:scaffold.control/hidden1.weight    in an update: what a client's strategy uploads
    server:scaffold.control/hidden1.weight    in a model: what its aggregates keep

Each has the shape of the trainable tensor after the slash, and is float32. An update's metadata
name its provider, under `PROVIDER`.
"""

__all__ = ["PROVIDER", "is_models_own", "state_name", "upload_name"]

PROVIDER = "provider"

CLIENT = "client:"
SERVER = "server:"


def upload_name(upload: str, tensor: str) -> str:
    """The part of `upload` that belongs to the model's `tensor`."""
    return f"{CLIENT}{upload}/{tensor}"


def state_name(state: str, tensor: str) -> str:
    """The part of `state` that belongs to the model's `tensor`."""
    return f"{SERVER}{state}/{tensor}"


def is_models_own(name: str) -> bool:
    """Whether a tensor of this name is a parameter or a buffer of the model."""
    return not name.startswith((CLIENT, SERVER))
