"""What the promise for one sample does not cover: a reading that is in several samples."""

from weftwork.learning.data import Source, Windows

__all__ = ["overlap_warning"]


def overlap_warning(source: Source, mode: str) -> str | None:
    """The owner's warning, where windows of `source` overlap and `mode` protects single samples."""
    if mode in {"none", "client-level"} or not isinstance(source, Windows) or source.overlap < 2:
        return None
    return (
        f"windows overlap (length {source.length}, stride {source.step}): a reading is in up to"
        f" {source.overlap} samples, which the promise for one sample does not protect together"
    )
