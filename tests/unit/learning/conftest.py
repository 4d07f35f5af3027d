import pytest
import torch
from hypothesis import settings

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("learning", deadline=None)
settings.load_profile("learning")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """The matrices here are small: a second thread costs more than it brings."""
    torch.set_num_threads(1)
