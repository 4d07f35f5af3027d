"""Where the noise and the batches of private training come from: a secret of the node's own.

Whoever knows the noise can subtract it, and from whoever knows the batches the sampling hides
nothing: neither is ever drawn from the task's seed, which is public, but from a key that follows
from the round's secret (`weftwork.learning.privacy.secret`).
"""

import math
from typing import Literal, Protocol

import torch
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from torch import Tensor

from weftwork.learning.privacy.secret import derived

__all__ = ["AesNoise", "Noise", "TorchNoise", "derived", "noise_of"]

# Numbers drawn at a time: what they need fits into a processor's cache.
BLOCK = 1 << 16

# The state of a Mersenne Twister, and where it begins in what torch's generator gives as its state.
WORDS, STATE_AT = 624, 24


class Noise(Protocol):
    """A stream of random numbers; the same key gives the same stream (on the same machine)."""

    def normal(self, size: int) -> Tensor:
        """Independent standard Gaussians (size,), float32, on the stream's device."""

    def uniform(self, size: int) -> Tensor:
        """Independent uniform numbers in [0, 1) (size,), float64, on the CPU."""


class TorchNoise:
    """torch's generators: Mersenne Twister on a CPU, Philox on a GPU.

    Fast, and fit for statistics; neither is made to withstand an adversary who sees outputs and
    searches for the state. The Twister's whole state follows from the key, Philox has 63 bits of
    it. On a CPU the Gaussians are made of 24 random bits each: they end at 5.8 standard deviations,
    beyond which a true one has 1e-8 of its mass.
    """

    def __init__(self, key: bytes, device: torch.device | str = "cpu") -> None:
        normal = derived(key, "torch")
        if torch.device(device).type == "cpu":
            self._normal = _twister(normal)
        else:
            seed = int.from_bytes(normal[:8], "big") >> 1
            self._normal = torch.Generator(device).manual_seed(seed)
        self._uniform = _twister(derived(key, "torch-uniform"))

    def normal(self, size: int) -> Tensor:
        """By torch, on the device."""
        device = self._normal.device
        return torch.empty(size, device=device).normal_(generator=self._normal)

    def uniform(self, size: int) -> Tensor:
        """By torch, on the CPU."""
        return torch.rand(size, dtype=torch.float64, generator=self._uniform)


class AesNoise:
    """AES-256 in counter mode, keyed by the whole key, and Box-Muller in float64.

    Nothing short of breaking AES tells its numbers from random ones. 1.2 million Gaussians take
    about 10 ms (torch's: 4 ms), and end at 8.5 standard deviations. As with every sampler in
    floating point, the low bits of what was noised may still tell of it (Mironov 2012).
    """

    def __init__(self, key: bytes, device: torch.device | str = "cpu") -> None:
        self._stream = _aes(derived(key, "aes"))
        self._device = device

    def normal(self, size: int) -> Tensor:
        """Box-Muller: two uniform numbers make two Gaussians; an odd one is thrown away."""
        drawn = torch.empty(size + size % 2)
        for block in torch.split(drawn, BLOCK):
            half = len(block) // 2
            uniform = self.uniform(2 * half)
            radius = uniform[:half].neg().log1p_().mul_(-2).sqrt_()  # 1 - u is never 0
            angle = uniform[half:].mul_(2 * math.pi)
            block[:half] = radius * angle.cos()
            block[half:] = radius.mul_(angle.sin_())
        return drawn[:size].to(self._device)

    def uniform(self, size: int) -> Tensor:
        """53 of every 64 bits of the stream."""
        drawn = bytearray(8 * size)
        self._stream.update_into(bytes(8 * size), drawn)
        words = torch.frombuffer(drawn, dtype=torch.int64) if size else torch.empty(0).long()
        return words.bitwise_and_((1 << 53) - 1).double().mul_(2.0**-53)


def _aes(key: bytes) -> CipherContext:
    """AES-256 in counter mode, from zero; it encrypts zeros."""
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()


def _twister(key: bytes) -> torch.Generator:
    """A CPU's generator of torch's, with all of its state from `key`.

    `manual_seed` would use 32 bits: whoever tries them all has the noise. torch keeps each of the
    words, of 32 bits, in 64.
    """
    generator = torch.Generator().manual_seed(0)
    words = bytearray(_aes(key).update(bytes(4 * WORDS)))
    state = generator.get_state()
    numbers = torch.frombuffer(words, dtype=torch.int32).long().bitwise_and_(0xFFFFFFFF)
    state[STATE_AT : STATE_AT + 8 * WORDS] = numbers.view(torch.uint8)
    return generator.set_state(state)


def noise_of(
    source: Literal["torch", "cryptographic"], key: bytes, device: torch.device | str = "cpu"
) -> Noise:
    """The stream of a key, by the source's name."""
    return AesNoise(key, device) if source == "cryptographic" else TorchNoise(key, device)
