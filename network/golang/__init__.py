"""Go programs built once into the user's cache. Standard library only: it runs before the venv."""
