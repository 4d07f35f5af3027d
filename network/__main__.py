"""`python -m network`: the consortium from the command line."""

from network.cli import main

if __name__ == "__main__":
    main()
