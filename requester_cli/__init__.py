"""The command line of the party that wants a model.

What a command needs is imported inside it: `--help` and completion load click and little else.
"""
