"""What bounds a transfer. Each side has its own; a stranger cannot make us exceed ours."""

from dataclasses import dataclass

CHUNK_BYTES = 256 << 10
# A chunk and the framing of its message.
MESSAGE_BYTES = CHUNK_BYTES + (4 << 10)


@dataclass(frozen=True)
class Limits:
    """Bounds on size, number and duration; times in seconds."""

    artifact_bytes: int = 2 << 30
    transfers: int = 8  # at once; further ones wait for their turn
    transfers_of_one: int = 2  # of these with one peer: nobody keeps all others waiting
    calls: int = 64  # at once, the waiting ones included; further ones are refused
    connect_seconds: float = 10
    turn_seconds: float = 30  # until it is a call's turn on a busy server
    read_bytes_per_second: int = 32 << 20  # the server reads an artifact before it gives it
    idle_seconds: float = 30  # between two chunks
    bytes_per_second: int = 256 << 10  # a slower transfer is given up

    def first_seconds(self, size: int) -> float:
        """What a client waits for the first word of an artifact of `size` bytes."""
        return self.turn_seconds + size / self.read_bytes_per_second

    def transfer_seconds(self, size: int) -> float:
        """What a transfer of `size` bytes may take in all, once it is its turn."""
        return self.idle_seconds + size / self.bytes_per_second
