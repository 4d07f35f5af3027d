"""Models of pumps, for Weftwork."""
