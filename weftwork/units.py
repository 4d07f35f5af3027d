"""How numbers with a fraction are told where there are whole numbers only, as on the ledger."""

__all__ = ["MILLION"]

# Shares are in parts per million (`..._ppm`), all else is in millionths (`..._micro`).
MILLION = 1_000_000
