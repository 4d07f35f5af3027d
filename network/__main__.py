"""`python -m network`: the consortium from the command line."""

from network.cli import network
from network.program import run

if __name__ == "__main__":
    run(network)
