"""`requester_cli` and `python -m requester_cli`."""

import os

from requester_cli.cli import cli


def main() -> None:
    """Run the command line; never returns."""
    # gRPC's core writes of its own to stderr; what it has to say reaches us as an exception.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    cli(prog_name="requester_cli")


if __name__ == "__main__":
    main()
