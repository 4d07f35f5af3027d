"""`requester_cli` and `python -m requester_cli`."""

from requester_cli.cli import cli


def main() -> None:
    """Run the command line; never returns."""
    cli(prog_name="requester_cli")


if __name__ == "__main__":
    main()
