"""`python -m provider_node`: the node from the command line."""

from provider_node.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
