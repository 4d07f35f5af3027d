"""The daemon of an organisation: reconciles the ledger with its disk, trains and leads."""
