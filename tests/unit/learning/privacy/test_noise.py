"""Noise from a key: the same again, Gaussian by its moments and quantiles, without repetition.

Keys are fixed, so that no test can fail by chance; the bounds are at least four standard errors.
"""

from statistics import NormalDist

import numpy as np
import pytest
import torch
from torch import Tensor

from weftwork.learning.privacy.noise import AesNoise, Noise, TorchNoise, noise_of

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
SIZE = 400_000
SOURCES = ["torch", "cryptographic"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_key_gives_the_same_noise_again_and_another_key_another(source: str) -> None:
    def drawn(key: bytes) -> Tensor:
        stream = made(source, key)
        return torch.cat([stream.normal(100), stream.uniform(10).float(), stream.normal(7)])

    assert torch.equal(drawn(KEY), drawn(KEY))
    assert not torch.equal(drawn(KEY), drawn(OTHER))
    # Not one bit of the key is without effect.
    assert not torch.equal(drawn(KEY), drawn(KEY[:-1] + bytes([KEY[-1] ^ 1])))


@pytest.mark.parametrize("source", SOURCES)
def test_the_noise_is_gaussian(source: str) -> None:
    noise = made(source, KEY).normal(SIZE)
    assert noise.dtype == torch.float32
    drawn = noise.double()
    error = SIZE**-0.5
    assert abs(float(drawn.mean())) < 4 * error
    assert abs(float((drawn**2).mean()) - 1) < 4 * 2**0.5 * error
    assert abs(float((drawn**3).mean())) < 4 * 15**0.5 * error
    assert abs(float((drawn**4).mean()) - 3) < 4 * 96**0.5 * error
    for share in (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999):
        below = float((drawn <= NormalDist().inv_cdf(share)).double().mean())
        assert abs(below - share) < 4 * (share * (1 - share)) ** 0.5 * error


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("lag", [1, 2, SIZE // 2])
def test_numbers_of_the_noise_tell_nothing_of_each_other(source: str, lag: int) -> None:
    """Half the size is the distance of the two numbers that Box-Muller makes of one pair."""
    drawn = made(source, KEY).normal(SIZE).double()
    for change in (drawn, drawn**2 - 1):
        product = change[lag:] * change[:-lag]
        assert abs(float(product.mean())) < 4.5 * float(product.std()) * len(product) ** -0.5


@pytest.mark.parametrize("source", SOURCES)
def test_uniform_numbers(source: str) -> None:
    drawn = made(source, KEY).uniform(SIZE)
    assert drawn.dtype == torch.float64
    assert float(drawn.min()) >= 0
    assert float(drawn.max()) < 1
    counts = torch.histc(drawn, bins=100, min=0, max=1)
    expected = SIZE / 100
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert 50 < chi_square < 160  # 99 degrees of freedom
    assert len(set(drawn.tolist())) == SIZE  # 53 bits: 23 would repeat


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [0, 1, 2, 3, (1 << 16) - 1, (1 << 16) + 1, (1 << 17) + 3])
def test_any_number_of_numbers(source: str, size: int) -> None:
    stream = made(source, KEY)
    assert stream.normal(size).shape == (size,)
    assert stream.uniform(size).shape == (size,)
    assert bool(stream.normal(size).isfinite().all())


@pytest.mark.parametrize(("uniform", "largest"), [(0.0, 0.0), (1 - 2.0**-53, 8.57)])
def test_the_extreme_uniform_numbers_make_finite_gaussians(uniform: float, largest: float) -> None:
    class Extreme(AesNoise):
        def uniform(self, size: int) -> Tensor:
            return torch.full((size,), uniform, dtype=torch.float64)

    assert float(Extreme(KEY).normal(8).abs().max()) == pytest.approx(largest, abs=0.01)


def test_aes_is_the_published_cipher_in_counter_mode() -> None:
    """The stream is AES-256-CTR from zero, of which 53 bits of every eight bytes are used."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    from weftwork.learning.privacy.secret import derived

    cipher = Cipher(algorithms.AES(derived(KEY, "aes")), modes.ECB())  # noqa: S305 - the oracle
    block = cipher.encryptor().update(bytes(16))
    words = [int.from_bytes(block[at : at + 8], "little") % 2**53 for at in (0, 8)]
    assert AesNoise(KEY).uniform(2).tolist() == [word * 2.0**-53 for word in words]


@pytest.mark.parametrize(("use", "draw"), [("torch", "normal"), ("torch-uniform", "uniform")])
def test_all_of_the_twisters_state_follows_from_the_key(use: str, draw: str) -> None:
    """Not from a seed of 32 bits, which could all be tried; numpy's twister is the oracle."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    from weftwork.learning.privacy.secret import derived

    stream = TorchNoise(KEY)
    generator = getattr(stream, f"_{draw}")
    cipher = Cipher(algorithms.AES(derived(KEY, use)), modes.CTR(bytes(16)))
    words = np.frombuffer(cipher.encryptor().update(bytes(4 * 624)), np.uint32)
    oracle = np.random.MT19937()
    oracle.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": 624}}
    drawn = torch.empty(2000, dtype=torch.int32).random_(generator=generator)
    assert drawn.tolist() == [int(one) & 0x7FFFFFFF for one in oracle.random_raw(2000)]
    assert len(set(words.tolist())) > 600


def test_the_source_is_chosen_by_name() -> None:
    assert isinstance(noise_of("torch", KEY), TorchNoise)
    assert isinstance(noise_of("cryptographic", KEY), AesNoise)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    TorchNoise(KEY).normal(10)
    AesNoise(KEY).normal(10)
    assert torch.equal(torch.get_rng_state(), before)


def made(source: str, key: bytes) -> Noise:
    return AesNoise(key) if source == "cryptographic" else TorchNoise(key)
