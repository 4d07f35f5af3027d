"""`requester_cli` and `python -m requester_cli`."""

import logging
import os

from requester_cli.cli import cli


def main() -> None:
    """Run the command line; never returns."""
    # What libraries log reaches a person as an error or as a change of the view, if it matters.
    logging.getLogger().addHandler(logging.NullHandler())
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    cli(prog_name="requester_cli")


if __name__ == "__main__":
    main()
