"""Weftwork's library: what the programs share. No process starts here."""
