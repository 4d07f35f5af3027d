"""Measurements against peers; each module writes the JSON that docs quote."""
