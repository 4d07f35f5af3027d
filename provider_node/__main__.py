"""`python -m provider_node`: the node from the command line."""

import os

# gRPC writes its own lines to stderr where TLS fails; our errors already say what was wrong.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from provider_node.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
