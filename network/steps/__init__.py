"""Long steps: run programs, show how far they are, say why one failed, know where results go.

Standard library only: the set-up uses it before the virtual environment exists.
"""
