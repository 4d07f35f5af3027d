"""The command line of the party that wants a model."""
