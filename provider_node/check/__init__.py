"""`check`: everything that a long run will need, tried before it, with what to mend."""
