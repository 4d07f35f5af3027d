"""What `make` runs: set-up, checks, generated code."""
