"""`python -m network`: the consortium from the command line."""

import signal

from network.cli import network


def main() -> None:
    """Run the command line; never returns."""
    # Whoever ends us means the same as a person at the keyboard: undo what was begun.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    network(prog_name="python -m network")


if __name__ == "__main__":
    main()
